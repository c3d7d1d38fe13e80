#include "einsum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <limits>
#include <numeric>
#include <string>

#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "linalg.hpp"
#include "reduction.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

// Labels name axes by numbers below 64: the letters A-Z and a-z, then the axes of an ellipsis,
// counted from the last.
using Labels = std::string;
using Set = std::uint64_t;
constexpr char first_of_ellipsis = 52;
constexpr char whole_ellipsis = 63;  // while its number of axes is not known

Set set_of(char label) { return Set{1} << label; }
Set set_of(const Labels& labels) {
  return std::accumulate(labels.begin(), labels.end(), Set{0},
                         [](Set set, char label) { return set | set_of(label); });
}
Labels those_in(Set set, Labels labels) {
  std::erase_if(labels, [set](char label) { return !(set & set_of(label)); });
  return labels;
}

// A factor: the elements of a tensor with these axes, itself of any shape.
struct Term {
  Tensor value;
  Labels labels;
};

// ---- contraction of terms, whose labels have these extents

struct Contraction {
  std::array<std::size_t, 64> extents;

  Contraction() { extents.fill(1); }

  std::size_t extent(int label) const { return extents[static_cast<std::size_t>(label)]; }
  std::size_t size(const Labels& labels) const {
    return std::accumulate(labels.begin(), labels.end(), std::size_t{1},
                           [&](std::size_t n, char label) { return n * extent(label); });
  }
  // The same of a set, beyond the range of integers too.
  double cost(Set set) const {
    double n = 1;
    for (; set; set &= set - 1) n *= static_cast<double>(extent(std::countr_zero(set)));
    return n;
  }

  // The term's values with their axes in another order, in any shape.
  Tensor arranged(const Term& term, const Labels& order) const {
    if (order == term.labels) return term.value;
    check_ndim("einsum", order.size());
    Shape shape;
    for (char label : term.labels) shape.push_back(extent(label));
    Axes axes;
    for (char label : order) axes.push_back(static_cast<int>(term.labels.find(label)));
    return permute(reshape(term.value, shape), axes);
  }

  // The product of two terms as a product of matrices.
  struct Matrices {
    const Term *a, *b;
    Labels batch, rows, summed, columns;
    Labels order_a, order_b, result;  // of the axes
    bool a_transposed, b_transposed;
    double copied;  // elements of the terms in another order, and of the result, if one is wanted

    Matrices(const Contraction& c, const Term& left, const Term& right, const Term& batch_order,
             const Term& summed_order, Set kept, const Labels* wanted)
        : a(&left), b(&right) {
      const Set both = set_of(left.labels) & set_of(right.labels);
      batch = those_in(both & kept, batch_order.labels);
      summed = those_in(both & ~kept, summed_order.labels);
      rows = those_in(~both, left.labels);
      columns = those_in(~both, right.labels);
      order_a = batch + rows + summed;
      order_b = batch + summed + columns;
      result = batch + rows + columns;
      a_transposed = left.labels != order_a && left.labels == batch + summed + rows;
      b_transposed = right.labels != order_b && right.labels == batch + columns + summed;
      if (a_transposed) order_a = left.labels;
      if (b_transposed) order_b = right.labels;
      const auto copy = [&](const Labels& from, const Labels& to) {
        return from == to ? 0 : c.cost(set_of(from));
      };
      copied = copy(left.labels, order_a) + copy(right.labels, order_b) +
               (wanted ? copy(result, *wanted) : 0);
    }
  };

  // The product of two terms, summed over the labels of both that are not kept. Of the ways to see
  // them as matrices, the one that copies least.
  Term multiply(const Term& first, const Term& second, Set kept, const Labels* wanted) const {
    Matrices best(*this, first, second, first, first, kept, wanted);
    for (const auto& [a, b] : {std::pair(&first, &second), std::pair(&second, &first)})
      for (const Term* batch : {a, b})
        for (const Term* summed : {a, b}) {
          if (best.copied == 0) break;
          Matrices other(*this, *a, *b, *batch, *summed, kept, wanted);
          if (other.copied < best.copied) best = std::move(other);
        }
    return {product(best), best.result};
  }

  Tensor product(const Matrices& of) const {
    const std::size_t batch = size(of.batch), m = size(of.rows), n = size(of.columns),
                      k = size(of.summed);
    const Tensor a = arranged(*of.a, of.order_a);
    if (of.summed.empty() && (of.rows.empty() || of.columns.empty()))
      return reshape(a, {batch, m}) * reshape(arranged(*of.b, of.order_b), {batch, n});
    if (!is_floating(a.dtype()))  // BLAS has no integers
      return sum(reshape(arranged(*of.a, of.batch + of.rows + of.summed), {batch, m, 1, k}) *
                     reshape(arranged(*of.b, of.batch + of.columns + of.summed), {batch, 1, n, k}),
                 -1);
    const auto matrices = [&](const Tensor& x, std::size_t rows, std::size_t columns) {
      return of.batch.empty() ? reshape(x, {rows, columns}) : reshape(x, {batch, rows, columns});
    };
    const bool ta = of.a_transposed, tb = of.b_transposed;
    const Tensor b = arranged(*of.b, of.order_b);
    return detail::product(matrices(a, ta ? k : m, ta ? m : k), matrices(b, tb ? n : k, tb ? k : n),
                           {ta, tb});
  }

  // ---- the order of several

  // Replaces the two terms whose product is cheapest by it.
  void multiply_cheapest(std::vector<Term>& terms, Set result) const {
    std::array<std::size_t, 2> best{0, 1};
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 1; j < terms.size(); ++j)
      for (std::size_t i = 0; i < j; ++i)
        if (const double n = cost(set_of(terms[i].labels) | set_of(terms[j].labels)); n < least)
          least = n, best = {i, j};
    Set others = result;
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (i != best[0] && i != best[1]) others |= set_of(terms[i].labels);
    terms[best[0]] = multiply(terms[best[0]], terms[best[1]], others, nullptr);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(best[1]));
  }

  // The product of all terms, by the cheapest tree of pairs: that of each subset of the terms is
  // found from those of its own subsets.
  Term multiply_all(std::vector<Term> terms, const Labels& wanted) const {
    const Set result = set_of(wanted);
    while (terms.size() > 8) multiply_cheapest(terms, result);
    const unsigned all = (1U << terms.size()) - 1;
    const auto labels_of = [&](unsigned subset) {
      Set set = 0;
      for (std::size_t i = 0; i < terms.size(); ++i)
        if (subset >> i & 1) set |= set_of(terms[i].labels);
      return set;
    };
    struct Best {
      double cost = 0;
      unsigned left = 0;  // the subset that is multiplied by the rest; 0 for a single term
      Set labels = 0;     // that are left, as the result or other terms have them
    };
    std::vector<Best> best(all + 1);
    for (unsigned subset = 1; subset <= all; ++subset) {
      Best& b = best[subset];
      b.labels = labels_of(subset) & (labels_of(all ^ subset) | result);
      for (unsigned left = (subset - 1) & subset; left > 0; left = (left - 1) & subset) {
        const Best &l = best[left], &r = best[subset ^ left];
        const double n = l.cost + r.cost + cost(l.labels | r.labels);
        if (b.left == 0 || n < b.cost) b.cost = n, b.left = left;
      }
    }
    const std::function<Term(unsigned)> evaluate = [&](unsigned subset) -> Term {
      const Best& b = best[subset];
      if (b.left == 0) return terms[static_cast<std::size_t>(std::countr_zero(subset))];
      return multiply(evaluate(subset ^ b.left), evaluate(b.left), b.labels,
                      subset == all ? &wanted : nullptr);
    };
    return evaluate(all);
  }
};

// ---- equations

template <class E = ValueError, class... Parts>
[[noreturn]] void fail(std::string_view equation, std::size_t position, const Parts&... parts) {
  throw E(str("einsum: ", parts..., "\n  ", equation, "\n  ", std::string(position, ' '), '^'));
}

std::string name_of(char label) {
  if (label >= first_of_ellipsis) return "an axis of '...'";
  return str('\'', static_cast<char>(label < 26 ? 'A' + label : 'a' + (label - 26)), '\'');
}

// What stands between commas, or behind the arrow.
struct Subscripts {
  std::size_t begin = 0;  // where it stands in the equation, and its labels do
  Labels labels = {};
  std::vector<std::size_t> at = {};

  void add(char label, std::size_t position) {
    labels.push_back(label);
    at.push_back(position);
  }
  // Puts the axes of an ellipsis in its place.
  void expand(std::size_t axes) {
    const std::size_t i = labels.find(whole_ellipsis);
    if (i == Labels::npos) return;
    Labels expanded(axes, first_of_ellipsis);
    std::iota(expanded.rbegin(), expanded.rend(), first_of_ellipsis);
    labels.replace(i, 1, expanded);
    const std::size_t position = at[i];
    at.erase(at.begin() + static_cast<std::ptrdiff_t>(i));
    at.insert(at.begin() + static_cast<std::ptrdiff_t>(i), axes, position);
  }
};

struct Equation {
  std::string_view text;
  std::vector<Subscripts> operands = {{}};
  Subscripts result;
  bool has_arrow = false;

  explicit Equation(std::string_view equation) : text(equation) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      Subscripts& current = has_arrow ? result : operands.back();
      const char c = text[i];
      if (c == ' ') continue;
      if (c >= 'A' && c <= 'Z')
        current.add(static_cast<char>(c - 'A'), i);
      else if (c >= 'a' && c <= 'z')
        current.add(static_cast<char>(c - 'a' + 26), i);
      else if (text.substr(i, 3) == "...") {
        if (current.labels.find(whole_ellipsis) != Labels::npos)
          fail(text, i, "a second ellipsis; expected one for each operand");
        current.add(whole_ellipsis, i);
        i += 2;
      } else if (c == ',' && !has_arrow)
        operands.push_back({i + 1});
      else if (text.substr(i, 2) == "->" && !has_arrow) {
        has_arrow = true;
        result.begin = (++i) + 1;
      } else {
        std::size_t end = i + 1;  // of the character, in UTF-8
        while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
        fail(text, i, "found '", text.substr(i, end - i),
             "'; expected letters, '...', commas between operands and one '->'");
      }
    }
  }

  // Completes the result once it is known how many axes an ellipsis has.
  void complete_result(std::size_t ellipsis_axes) {
    Labels given;
    for (const Subscripts& operand : operands) given += operand.labels;
    if (!has_arrow) {
      std::sort(given.begin(), given.end());
      result.add(whole_ellipsis, text.size());
      for (char label : given)
        if (label < first_of_ellipsis && given.find(label) == given.rfind(label))
          result.add(label, text.size());
    }
    result.expand(ellipsis_axes);
    for (std::size_t i = 0; i < result.labels.size(); ++i) {
      const char label = result.labels[i];
      if (result.labels.find(label) != i)
        fail(text, result.at[i], "the result names ", name_of(label), " twice; expected once");
      if (given.find(label) == Labels::npos)
        fail(text, result.at[i], "no operand has ", name_of(label), ", which the result names");
    }
  }
};

// Finds the extents of all labels. Throws ShapeError for operands that do not fit the equation.
Contraction extents_of(Equation& equation, const std::vector<Tensor>& operands) {
  Contraction found;
  std::array<std::size_t, 64> owner{};  // the operand by which an extent is known
  std::size_t ellipsis_axes = 0;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    Subscripts& s = equation.operands[k];
    const Shape& shape = operands[k].shape();
    const bool open = s.labels.find(whole_ellipsis) != Labels::npos;
    const std::size_t named = s.labels.size() - open;
    if (shape.size() < named || (shape.size() > named && !open))
      fail<ShapeError>(equation.text, s.begin, "operand ", k, " of shape ", shape, " has ",
                       shape.size(), " axes; the equation names ", named, open ? " and more" : "");
    s.expand(shape.size() - named);
    if (open) ellipsis_axes = std::max(ellipsis_axes, shape.size() - named);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const auto label = static_cast<std::size_t>(s.labels[i]);
      const std::size_t first = s.labels.find(s.labels[i]);
      if (shape[i] != shape[first])
        fail<ShapeError>(equation.text, s.at[i], name_of(s.labels[i]), " has extents ",
                         shape[first], " and ", shape[i], " in operand ", k, " of shape ", shape,
                         "; expected equal extents");
      if (shape[i] == 1 || shape[i] == found.extents[label]) continue;
      if (found.extents[label] != 1)
        fail<ShapeError>(equation.text, s.at[i], name_of(s.labels[i]), " has extent ",
                         found.extents[label], " in operand ", owner[label], " of shape ",
                         operands[owner[label]].shape(), " but ", shape[i], " in operand ", k,
                         " of shape ", shape, "; expected equal extents, or 1");
      found.extents[label] = shape[i];
      owner[label] = k;
    }
  }
  equation.complete_result(ellipsis_axes);
  return found;
}

// An operand without its axes of extent 1, and with the diagonal in the place of axes of one label.
Term as_term(const Tensor& x, const Labels& labels) {
  Term term{x, {}};
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (x.shape()[i] != 1) term.labels += labels[i];
  if (term.labels.size() < labels.size()) term.value = squeeze(x);
  for (std::size_t j = 1; j < term.labels.size(); ++j) {
    const std::size_t i = term.labels.find(term.labels[j]);
    if (i == j) continue;
    term.value = diagonal(term.value, 0, static_cast<int>(i), static_cast<int>(j));
    term.labels += term.labels[j];
    term.labels.erase(j, 1).erase(i, 1);
    j = 0;
  }
  return term;
}

// The term summed over its labels outside of `kept`.
Term summed(Term term, Set kept) {
  Axes axes;
  for (std::size_t i = 0; i < term.labels.size(); ++i)
    if (!(kept & set_of(term.labels[i]))) axes.push_back(static_cast<int>(i));
  if (axes.empty()) return term;
  return {sum(term.value, axes), those_in(kept, term.labels)};
}

}  // namespace

Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands) {
  detail::expect_one_dtype("einsum", operands);
  Equation parsed(equation);
  if (parsed.operands.size() != operands.size())
    fail(equation, parsed.operands[std::min(parsed.operands.size() - 1, operands.size())].begin,
         operands.size(), operands.size() == 1 ? " operand" : " operands", " given; the equation ",
         "names ", parsed.operands.size());
  const Contraction contraction = extents_of(parsed, operands);
  check_ndim("einsum", parsed.result.labels.size());
  Shape shape;
  Labels wanted;
  for (char label : parsed.result.labels) {
    shape.push_back(contraction.extent(label));
    if (shape.back() != 1) wanted += label;
  }
  std::vector<Term> terms;
  for (std::size_t k = 0; k < operands.size(); ++k)
    terms.push_back(as_term(operands[k], parsed.operands[k].labels));
  for (std::size_t k = 0; k < terms.size(); ++k) {
    Set kept = set_of(wanted);
    for (std::size_t other = 0; other < terms.size(); ++other)
      if (other != k) kept |= set_of(terms[other].labels);
    terms[k] = summed(std::move(terms[k]), kept);
  }
  return reshape(contraction.arranged(contraction.multiply_all(std::move(terms), wanted), wanted),
                 shape);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const std::pair<Axes, Axes>& axes) {
  expect_defined("tensordot", {{"a", &a}, {"b", &b}});
  expect_same_dtype("tensordot", "a", a, "b", b);
  if (axes.first.size() != axes.second.size())
    throw ValueError(str("tensordot: axes {", joined(axes.first), "} of a and {",
                         joined(axes.second), "} of b; expected lists of one length"));
  // The axes of a are 0, 1, …, then come those of b, or the axes of a that stand for them.
  Contraction contraction;
  Term left{a, Labels(a.ndim(), 0)}, right{b, Labels(b.ndim(), 0)};
  std::iota(left.labels.begin(), left.labels.end(), char(0));
  std::iota(right.labels.begin(), right.labels.end(), static_cast<char>(a.ndim()));
  detail::axis_set("tensordot", axes.first, a.shape());
  detail::axis_set("tensordot", axes.second, b.shape());
  for (std::size_t k = 0; k < axes.first.size(); ++k) {
    const std::size_t i = normalize_axis("tensordot", axes.first[k], a.ndim());
    const std::size_t j = normalize_axis("tensordot", axes.second[k], b.ndim());
    if (a.shape()[i] != b.shape()[j])
      throw ShapeError(str("tensordot: axis ", i, " of a ", a.shape(), " has extent ", a.shape()[i],
                           " but axis ", j, " of b ", b.shape(), " has ", b.shape()[j],
                           "; expected equal extents"));
    right.labels[j] = static_cast<char>(i);
  }
  for (std::size_t i = 0; i < a.ndim(); ++i) contraction.extents[i] = a.shape()[i];
  for (std::size_t j = 0; j < b.ndim(); ++j)
    contraction.extents[static_cast<std::size_t>(right.labels[j])] = b.shape()[j];
  const Set both = set_of(left.labels) & set_of(right.labels);
  const Labels wanted = those_in(~both, left.labels) + those_in(~both, right.labels);
  check_ndim("tensordot", wanted.size());
  Shape shape;
  for (char label : wanted) shape.push_back(contraction.extent(label));
  return reshape(
      contraction.arranged(contraction.multiply(left, right, set_of(wanted), &wanted), wanted),
      shape);
}

Tensor tensordot(const Tensor& a, const Tensor& b, int axes) {
  expect_defined("tensordot", {{"a", &a}, {"b", &b}});
  const auto most = static_cast<int>(std::min(a.ndim(), b.ndim()));
  if (axes < 0 || axes > most)
    throw ShapeError(str("tensordot: ", axes, " axes of shapes ", a.shape(), " and ", b.shape(),
                         "; ", expected_between(0, most)));
  std::pair<Axes, Axes> lists;
  for (int k = 0; k < axes; ++k) {
    lists.first.push_back(k - axes);
    lists.second.push_back(k);
  }
  return tensordot(a, b, lists);
}

}  // namespace xgrad
