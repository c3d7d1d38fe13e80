// x[…] and its assignment.

#include <cstring>

#include "../tensor/convert.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "indexing.hpp"
#include "logic.hpp"
#include "strided.hpp"

namespace xgrad {
namespace {

using detail::Strided;
using detail::values;

// Where chosen elements lie: where `at` says, and if there are positions, further on by the one
// that `through` leads to.
struct Places {
  Strided at;
  kernels::Steps through{};

  // f as in kernels/move.hpp.
  template <class F>
  void for_each(const Tensor& positions, const F& f) const {
    kernels::for_each_positioned(values<std::int64_t>(positions), {at.part, {at.steps, through}},
                                 at.offset, f);
  }
};

Tensor read_values(const Tensor& x, const Tensor& positions, const Places& places) {
  if (!positions.defined()) return places.at.read(x);
  Tensor out = empty(places.at.part, {.dtype = x.dtype()});
  detail::visit_width(x.dtype(), [&]<class T>(T) {
    const auto copy = [to = values<T>(out), from = values<T>(x)](std::size_t k, std::size_t at,
                                                                 auto n) {
      std::copy_n(from + at, std::size_t{n}, to + k);
    };
    places.for_each(positions, copy);
  });
  return out;
}

void write_values(Tensor& out, const Tensor& x, const Tensor& positions, const Places& places) {
  if (!positions.defined()) return places.at.write(out, x);
  detail::visit_width(x.dtype(), [&]<class T>(T) {
    const auto copy = [to = values<T>(out), from = values<T>(x)](std::size_t k, std::size_t at,
                                                                 auto n) {
      std::copy_n(from + k, std::size_t{n}, to + at);
    };
    places.for_each(positions, copy);
  });
}

void add_values(Tensor& total, const Tensor& x, const Tensor& positions, const Places& places) {
  if (!positions.defined()) return places.at.add(total, x);
  visit_number(x.dtype(), [&]<class T>(T) {
    const auto sum = [to = values<T>(total), from = values<T>(x)](std::size_t k, std::size_t at,
                                                                  auto n) {
      for (std::size_t i = 0; i < n; ++i) to[at + i] += from[k + i];
    };
    places.for_each(positions, sum);
  });
}

// Positions are the last input, if there are any.

Tensor optional_input(const Inputs& in, std::size_t i) { return in.size() > i ? in[i] : Tensor(); }
template <class C>
Tensor optional_input(const C& c, std::size_t i) {
  return c.node.inputs().size() > i ? c.input(i) : Tensor();
}
template <class Op, class... X>
Tensor with_positions(const Op& op, const Tensor& positions,
                      const typename Op::Attributes& attributes, const X&... x) {
  return positions.defined() ? op(x..., positions, attributes) : op(x..., attributes);
}

constexpr auto index_op = operation<Places>(  // inputs: x, positions
    "index",
    [](const Inputs& in, const Places& places) {
      return read_values(in[0], optional_input(in, 1), places);
    },
    part_gradient(reads::input(1), [](Tensor& total, const Tensor& g, const auto& c) {
      add_values(total, g, optional_input(c, 1), c.attributes);
    }));

struct Put {
  Places places;
  bool accumulate = false;
};

// Which of the values are still there when all have been written.
Tensor kept(const Tensor& positions, const Places& places) {
  const detail::Unobserved guard("index_put");
  const Shape& shape = places.at.part;
  const Tensor numbers = reshape(arange(shape.numel()), shape);
  Tensor owner = zeros(places.at.whole, {.dtype = int64});
  write_values(owner, numbers, positions, places);
  return read_values(owner, positions, places) == numbers;
}

constexpr auto index_put_op = operation<Put>(  // inputs: x, values, positions
    "index_put",
    [](const Inputs& in, const Put& put) {
      Tensor out = in[0].clone();
      (put.accumulate ? add_values : write_values)(out, in[1], optional_input(in, 2), put.places);
      return out;
    },
    gradient(reads::input(2),
             [](const Tensor& g, const auto& c) {
               if (c.attributes.accumulate) return g;
               const Tensor nothing = zeros(c.shape(1), {.dtype = g.dtype()});
               return with_positions(c.op, optional_input(c, 2), c.attributes, g, nothing);
             }),
    gradient(reads::input(2), [](const Tensor& g, const auto& c) {
      const Tensor positions = optional_input(c, 2);
      Tensor chosen = with_positions(index_op, positions, c.attributes.places, g);
      if (c.attributes.accumulate || !positions.defined()) return chosen;
      return where(kept(positions, c.attributes.places), chosen, 0);
    }));

// ---- what the entries say

// An axis of the result.
struct Axis {
  std::size_t extent;
  std::ptrdiff_t step;
  std::ptrdiff_t through = 0;
};

bool is_mask(const Tensor& t) { return size_of(t.dtype()) == 1; }

// How many axes of x an entry takes.
std::size_t axes_taken(const Index& index) {
  if (const Tensor* t = std::get_if<Tensor>(&index.entry)) return is_mask(*t) ? t->ndim() : 1;
  return std::holds_alternative<Extent>(index.entry) || std::holds_alternative<Slice>(index.entry);
}

// The numbers of the elements that are not 0.
Tensor flat_nonzero(const Tensor& mask) {
  const detail::Unobserved guard;
  return masked_select(arange(mask.numel()), reshape(mask, {mask.numel()}));
}

// Where the elements lie that the entries choose from x.
class Choice {
 public:
  Choice(const char* op, const Tensor& x, std::span<const Index> entries)
      : op_(op), shape_(x.shape()), own_(shape_) {
    rest_ = shape_.size() - count(entries);
    for (const Index& index : entries)
      std::visit([this](const auto& entry) { add(entry); }, index.entry);
    keep(shape_.size() - axis_);
    if (positions.defined()) insert_positions();
    check_ndim(op, axes_.size());
    places.at = own_;
    places.at.part = {};
    for (const Axis& axis : axes_) {
      const std::size_t i = places.at.part.size();
      places.at.part.push_back(axis.extent);
      places.at.steps[i] = axis.step;
      places.through[i] = axis.through;
    }
  }

  Places places;
  Tensor positions;  // undefined without tensors among the entries

  const Shape& shape() const noexcept { return places.at.part; }
  // Whether all of x is chosen, in order.
  bool is_whole() const {
    const kernels::Walk<1> walk(shape(), {places.at.steps});
    return !positions.defined() && walk.size == shape_.numel() && places.at.offset == 0 &&
           (walk.ndim == 0 || (walk.ndim == 1 && walk.steps[0][0] == 1));
  }

 private:
  // How many axes of x the entries take. Throws if they are too many, or of the wrong kind.
  std::size_t count(std::span<const Index> entries) const {
    std::size_t taken = 0, ellipses = 0;
    for (const Index& index : entries) {
      if (const Tensor* t = std::get_if<Tensor>(&index.entry)) {
        expect_defined(op_, "an index", *t);
        expect<DTypeError>(!is_floating(t->dtype()), op_, ": an index of shape ", t->shape(),
                           " is ", t->dtype(),
                           "; expected int64, as from to(int64), or a mask, as from comparisons");
      }
      taken += axes_taken(index);
      ellipses += std::holds_alternative<Ellipsis>(index.entry);
    }
    expect<ShapeError>(ellipses <= 1, op_, ": ", ellipses, " ellipses for a tensor of shape ",
                       shape_, "; expected at most one");
    expect<ShapeError>(taken <= shape_.size(), op_, ": ", entries.size(), " entries choose from ",
                       taken, " axes of a tensor of shape ", shape_, "; expected at most ",
                       shape_.size());
    return taken;
  }

  void add(Extent i) { choose(i.value); }
  void add(const Slice& slice) {
    expect<ValueError>(!slice.step || slice.step->value != 0, op_,
                       ": the step of the slice for axis ", axis_, " of shape ", shape_,
                       " is 0; expected another number");
    own_.narrow(axis_, slice);
    keep(1);
  }
  void add(Ellipsis) { keep(rest_); }
  void add(std::nullopt_t) { keep({1, 0}); }
  void add(const Tensor& t) {
    if (is_mask(t))
      choose_masked(t);
    else if (t.ndim() == 0)
      choose(t.item<std::int64_t>());
    else
      choose(detail::checked_indices(op_, t, shape_[axis_], axis_), 1);
  }

  void keep(const Axis& axis) {
    axes_.push_back(axis);
    behind_block_ = block_.has_value();
  }
  // The next axes of x.
  void keep(std::size_t count) {
    behind_block_ = block_.has_value();  // even if there are none of them, as in NumPy
    for (; count > 0; --count, ++axis_) keep({own_.part[axis_], own_.steps[axis_]});
  }

  // An integer or tensor: the block begins or goes on.
  void enter_block() {
    if (!block_)
      block_ = axes_.size();
    else if (behind_block_)
      block_ = 0;
  }
  void choose(std::int64_t i) {
    enter_block();
    own_.narrow(axis_, detail::index_of(op_, shape_, axis_, i), 1);
    ++axis_;
  }
  // Indices, within range, of so many axes of x taken as one.
  void choose(const Tensor& indices, std::size_t count) {
    enter_block();
    axis_ += count;
    const detail::Unobserved guard(op_);
    const Tensor further = indices * (count == 0 ? 0 : own_.steps[axis_ - 1]);
    if (positions.defined()) broadcast_shapes(op_, positions.shape(), further.shape());
    positions = positions.defined() ? positions + further : further;
  }
  void choose_masked(const Tensor& mask) {
    Shape expected;
    for (std::size_t i = 0; i < mask.ndim(); ++i) expected.push_back(shape_[axis_ + i]);
    expect<ShapeError>(mask.shape() == expected, op_, ": a mask of shape ", mask.shape(),
                       " at axis ", axis_, " of a tensor of shape ", shape_,
                       "; expected a mask of ", "shape ", expected);
    choose(flat_nonzero(mask), mask.ndim());
  }

  // Puts the axes of the positions where the block is.
  void insert_positions() {
    const kernels::Steps steps = kernels::contiguous_steps(positions.shape());
    for (std::size_t i = 0; i < positions.ndim(); ++i)
      axes_.insert(axes_.begin() + static_cast<std::ptrdiff_t>(*block_ + i),
                   Axis{positions.shape()[i], 0, steps[i]});
  }

  const char* op_;
  Shape shape_;                       // of x
  Strided own_;                       // what slices and integers leave of its axes
  std::size_t axis_ = 0;              // of x, the next
  std::size_t rest_ = 0;              // how many axes an ellipsis stands for
  std::vector<Axis> axes_;            // of the result, but for those of the positions
  std::optional<std::size_t> block_;  // where those go
  bool behind_block_ = false;
};

// The values as a tensor of this dtype, of the shape of what is chosen. Throws ShapeError if they
// do not broadcast to it.
Tensor broadcast_values(const char* op, const TensorOrScalar& given, DType dtype,
                        const Shape& shape) {
  const Tensor values =
      given.tensor() ? *given.tensor() : detail::scalar_tensor(op, given.scalar(), dtype);
  expect<ShapeError>(broadcast_shapes(op, shape, values.shape()) == shape, op, ": values of shape ",
                     values.shape(), " do not broadcast to ", shape,
                     ", the shape of what is chosen");
  return values.shape() == shape ? values : broadcast_to(values, shape);
}

}  // namespace

Tensor detail::index(const Tensor& x, std::span<const Index> entries, const char* op) {
  require_defined(op, x);
  if (entries.size() == 1)  // a mask of x's shape needs no positions
    if (const Tensor* mask = std::get_if<Tensor>(&entries[0].entry))
      if (mask->defined() && is_mask(*mask) && mask->shape() == x.shape())
        return masked_select(x, *mask);
  const Choice chosen(op, x, entries);
  if (chosen.is_whole()) return reshape(x, chosen.shape());
  return with_positions(index_op, chosen.positions, chosen.places, x);
}

Tensor index(const Tensor& x, const std::vector<Index>& entries) {
  return detail::index(x, entries);
}

Tensor index_put(const Tensor& x, const std::vector<Index>& entries, const TensorOrScalar& values,
                 bool accumulate) {
  detail::require_defined("index_put", x);
  if (values.tensor()) {
    expect_defined("index_put", "values", *values.tensor());
    expect_same_dtype("index_put", "values", *values.tensor(), "x", x);
  }
  const Choice chosen("index_put", x, entries);
  const Tensor whole = accumulate ? detail::widened(x) : x;
  Tensor parts = broadcast_values("index_put", values, whole.dtype(), chosen.shape());
  if (accumulate) parts = detail::widened(parts);
  return with_positions(index_put_op, chosen.positions, {chosen.places, accumulate}, whole, parts);
}

Tensor& Tensor::index_put_(const std::vector<Index>& entries, const TensorOrScalar& values,
                           bool accumulate) {
  detail::require_defined("index_put_", *this);
  const Choice chosen("index_put_", *this, entries);
  Tensor given;
  if (values.tensor()) {
    expect_defined("index_put_", "values", *values.tensor());
    given = values.tensor()->detach().to(dtype());
  }
  Tensor parts =
      broadcast_values("index_put_", given.defined() ? given : values, dtype(), chosen.shape());
  if (detail::impl(parts).storage == impl().storage) parts = parts.clone();
  if (accumulate && detail::widened(*this).dtype() != dtype()) {
    const Tensor sums = index_put(detach(), entries, parts, true);
    Tensor exact = detail::make_like("index_put_", *this);
    kernels::convert_exactly("index_put_", detail::impl(exact).storage->data(), dtype(),
                             detail::impl(sums).storage->data(), sums.dtype(), numel());
    detail::begin_in_place(*this, "index_put_");
    std::memcpy(elements(), exact.elements(), impl().storage->bytes);
    return *this;
  }
  detail::begin_in_place(*this, "index_put_");
  (accumulate ? add_values : write_values)(*this, parts, chosen.positions, chosen.places);
  return *this;
}

}  // namespace xgrad
