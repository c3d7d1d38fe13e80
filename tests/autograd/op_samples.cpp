#include "op_samples.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <numeric>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace xgrad::test {
namespace {

// Steele, Lea & Flood 2014: a generator of one line, so that the table is the same everywhere.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// low <= result < high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>((*this)() % static_cast<std::uint64_t>(high - low));
  }

 private:
  std::uint64_t state_;
};

// Fowler, Noll & Vo's FNV-1a.
class Hash {
 public:
  void add(std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) step(static_cast<unsigned char>(word >> (8 * byte)));
  }
  void add(const std::string& text) {
    for (char c : text) step(static_cast<unsigned char>(c));
    step(0);
  }
  std::uint64_t value() const { return value_; }

 private:
  void step(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }

  std::uint64_t value_ = 0xcbf29ce484222325;
};

void draw(Input& input, std::size_t position, SplitMix64& random) {
  const std::size_t n = input.shape.numel();
  const double residue = static_cast<double>(2 * position + 1) / 256;
  input.values.resize(n);
  if (input.distinct) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i)
      std::swap(order[i - 1],
                order[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i)))]);
    for (std::size_t i = 0; i < n; ++i)
      input.values[i] = (static_cast<double>(order[i]) - static_cast<double>(n / 2)) / 8 + residue;
    return;
  }
  const double unit = is_floating(input.dtype) ? 32 : 1;
  const auto low = static_cast<std::int64_t>(std::ceil(input.range.low * unit));
  const auto high = static_cast<std::int64_t>(std::floor(input.range.high * unit));
  if (low >= high && n > 0)
    throw std::invalid_argument(
        "op_cases: a sample's range holds no number: " + std::to_string(input.range.low) + " to " +
        std::to_string(input.range.high));
  for (double& value : input.values)
    value = static_cast<double>(random.between(low, high)) / unit +
            (is_floating(input.dtype) ? residue : 0);
}

// Another text in place of an input, which stands as a word of one letter, in a PyTorch expression.
// uint8 and boolean count as int64 in arithmetic; in PyTorch they do not.
constexpr const char* byte_a = "a.long()";

std::string substitute(const std::string& torch, char input, const std::string& text) {
  const auto in_word = [&](std::size_t i) {
    return i < torch.size() && (std::isalnum(static_cast<unsigned char>(torch[i])) != 0);
  };
  std::string result;
  for (std::size_t i = 0; i < torch.size(); ++i)
    if (torch[i] == input && !in_word(i - 1) && !in_word(i + 1))
      result += text;
    else
      result += torch[i];
  return result;
}

Sample at(const std::string& torch, const std::function<Tensor(X)>& call, std::vector<Input> inputs,
          int order) {
  return {
      .torch = torch, .call = call, .inputs = std::move(inputs), .order = order, .numeric = false};
}

}  // namespace

OpCase op(const std::string& name, std::vector<Sample> samples, std::vector<BadCall> bad) {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Hash seed;
    seed.add(name);
    seed.add(i);
    SplitMix64 random(seed.value());
    for (std::size_t k = 0; k < samples[i].inputs.size(); ++k)
      if (Input& input = samples[i].inputs[k]; input.values.empty()) draw(input, k, random);
    if (std::none_of(samples[i].inputs.begin(), samples[i].inputs.end(),
                     [](const Input& input) { return is_floating(input.dtype); }))
      samples[i].order = 0;
  }
  return {name, std::move(samples), std::move(bad)};
}

OpCase with(OpCase row, const std::vector<Sample>& samples, const std::vector<BadCall>& bad) {
  row.bad.insert(row.bad.end(), bad.begin(), bad.end());
  return op(row.name, std::move(row.samples) + samples, std::move(row.bad));
}

std::vector<Sample> each(const std::string& torch, const std::function<Tensor(X)>& call,
                         const std::vector<std::vector<Input>>& inputs) {
  std::vector<Sample> samples;
  for (const std::vector<Input>& list : inputs)
    samples.push_back({.torch = torch, .call = call, .inputs = list});
  return samples;
}

std::vector<Sample> kinks(const std::string& torch, const std::function<Tensor(X)>& call,
                          const std::vector<std::vector<Input>>& inputs, int order) {
  std::vector<Sample> samples = each(torch, call, inputs);
  for (Sample& sample : samples) sample.order = order, sample.numeric = false;
  return samples;
}

std::vector<Sample> operator+(std::vector<Sample> a, const std::vector<Sample>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

OpCase unary(const std::string& name, Tensor (*f)(const Tensor&), const std::string& torch,
             UnaryTraits traits) {
  const auto call = [f](X x) { return f(x[0]); };
  const auto [range, order] = traits;
  std::vector<Sample> samples;
  for (const Shape& shape : {Shape{}, {3}, {2, 3}, {0, 3}, {2, 3, 4}, {33}})
    samples.push_back({torch, call, {reals(shape, range)}, order});
  samples.push_back(
      at(torch, call, {as(int64, reals({2, 3}, {std::ceil(range.low), range.high}))}, 0));
  samples.push_back(at(
      substitute(torch, 'a', byte_a), call,
      {as(uint8, reals({5}, {std::max(0., std::ceil(range.low)), std::max(3., range.high)}))}, 0));
  if (range.low < 1) samples.push_back(at(substitute(torch, 'a', byte_a), call, {mask({5})}, 0));
  samples.push_back(at(torch, call, {as(float32, reals({5}, range))}, order));
  samples.push_back(at(torch, call, {exactly({9}, {-inf, -1e4, -1, -0., 0, 1, 1e4, inf, nan})},
                       std::min(order, 1)));
  return op(name, std::move(samples), {BAD(ValueError, f(Tensor()), "undefined tensor")});
}

namespace {

std::vector<Sample> broadcast_samples(BinaryFunction f, const std::string& torch,
                                      const BinaryTraits& traits) {
  const auto call = [f](X x) { return f(x[0], x[1]); };
  const std::pair<Shape, Shape> pairs[] = {
      {{}, {}},         {{3}, {3}},       {{2, 3}, {3}},       {{3}, {2, 3}},
      {{2, 3}, {}},     {{}, {2, 3}},     {{1, 3}, {2, 1}},    {{2, 1}, {1, 3}},
      {{2, 3}, {2, 1}}, {{2, 1}, {2, 3}}, {{0, 3}, {1, 3}},    {{1}, {0}},
      {{33}, {33}},     {{2, 33}, {33}},  {{2, 33}, {2, 1}},   {{33}, {}},
      {{}, {33}},       {{33}, {2, 33}},  {{2, 1, 3}, {4, 1}}, {{3, 1}, {2, 1, 4}},
  };
  std::vector<Sample> samples;
  for (const auto& [left, right] : pairs)
    samples.push_back({.torch = torch,
                       .call = call,
                       .inputs = {reals(left, traits.left), reals(right, traits.right)},
                       .order = traits.order});
  return samples;
}

std::vector<Sample> number_samples(BinaryFunction f, const std::string& torch, int order) {
  // A 0-d tensor takes part in PyTorch's type promotion as a number does.
  const std::string b_is_2 = substitute(torch, 'b', "torch.tensor(2)");
  const std::string b_is_1_5 = substitute(torch, 'b', "torch.tensor(1.5)");
  const std::string a_is_2 = substitute(substitute(torch, 'a', "torch.tensor(2)"), 'b', "a");
  const auto right_2 = [f](X x) { return f(x[0], 2); };
  const auto right_1_5 = [f](X x) { return f(x[0], 1.5); };
  const auto left_2 = [f](X x) { return f(2, x[0]); };
  std::vector<Sample> samples;
  for (const Shape& shape : {Shape{}, {2, 3}, {33}}) {
    samples.push_back({b_is_1_5, right_1_5, {reals(shape, positive)}, order});
    samples.push_back({a_is_2, left_2, {reals(shape, positive)}, order});
  }
  samples.push_back({b_is_2, right_2, {reals({5})}, order});
  samples.push_back(at(b_is_2, right_2, {integers({5}, -3, 4)}, 0));
  samples.push_back(at(b_is_1_5, right_1_5, {integers({5}, 0, 4)}, 0));
  samples.push_back(
      at(substitute(b_is_2, 'a', byte_a), right_2, {as(uint8, integers({5}, 0, 4))}, 0));
  samples.push_back(at(substitute(b_is_2, 'a', byte_a), right_2, {mask({5})}, 0));
  samples.push_back(at(b_is_2, right_2, {as(float32, reals({5}))}, order));
  samples.push_back(at(b_is_1_5, right_1_5, {as(float32, reals({5}, positive))}, order));
  return samples;
}

std::vector<Sample> dtype_samples(BinaryFunction f, const std::string& torch,
                                  const BinaryTraits& traits) {
  const auto call = [f](X x) { return f(x[0], x[1]); };
  const Input i64 = integers({2, 3}, 0, 4), u8 = as(uint8, integers({2, 3}, 0, 4));
  const Input i64_row = integers({3}, 1, 4), u8_row = as(uint8, integers({3}, 1, 4));
  const Input f32 = as(float32, reals({2, 3}, positive)), f64 = reals({2, 3}, positive);
  std::vector<Sample> samples;
  for (const std::vector<Input>& inputs :
       std::vector<std::vector<Input>>{{i64, i64_row}, {u8, i64_row}, {i64, u8_row}})
    samples.push_back(at(torch, call, inputs, 0));
  samples.push_back(at(substitute(torch, 'a', byte_a), call, {u8, u8_row}, 0));
  samples.push_back(at(substitute(torch, 'a', byte_a), call, {mask({2, 3}), i64_row}, 0));
  samples.push_back(at(substitute(substitute(torch, 'a', byte_a), 'b', "b.long()"), call,
                       {mask({2, 3}), as(boolean, integers({3}, 1, 2))}, 0));
  for (const std::vector<Input>& inputs : std::vector<std::vector<Input>>{{f32, i64_row},
                                                                          {f32, u8_row},
                                                                          {f64, i64_row},
                                                                          {f64, u8_row},
                                                                          {i64_row, f32},
                                                                          {u8_row, f64},
                                                                          {f32, f32}})
    samples.push_back(at(torch, call, inputs, traits.order));
  return samples;
}

// All pairs of the numbers where formulas differ most.
Sample extreme_sample(BinaryFunction f, const std::string& torch, BinaryTraits traits) {
  std::vector<double> extremes = {-inf, -2, -0.5, 0, 0.5, 1, 3, inf, nan};
  if (!traits.infinities) std::erase_if(extremes, [](double x) { return std::isinf(x); });
  std::vector<double> left, right;
  for (double a : extremes)
    for (double b : extremes) left.push_back(a), right.push_back(b);
  const Shape shape{left.size()};
  return at(
      torch, [f](X x) { return f(x[0], x[1]); }, {exactly(shape, left), exactly(shape, right)},
      std::min(traits.order, 1));
}

}  // namespace

OpCase binary(const std::string& name, BinaryFunction f, const std::string& torch,
              BinaryTraits traits) {
  return op(
      name,
      broadcast_samples(f, torch, traits) + number_samples(f, torch, traits.order) +
          dtype_samples(f, torch, traits) + std::vector{extreme_sample(f, torch, traits)},
      {
          BAD(ShapeError, f(zeros({2, 3}), zeros({4})), "(2, 3)", "(4,)", "3 vs 4"),
          BAD(ShapeError, f(zeros({3, 2}), zeros({2, 2})), "(3, 2)", "(2, 2)"),
          BAD(DTypeError, f(zeros({3}), zeros({3}, {.dtype = float64})), "float32", "float64"),
          BAD(ValueError, f(Tensor(), zeros({3})), "undefined tensor"),
          BAD(ValueError, f(zeros({3}), Tensor()), "undefined tensor"),
          BAD(ValueError, f(Tensor(), 2), "undefined tensor"),
      });
}

OpCase reduction(const std::string& name, Tensor (*f)(const Tensor&, const Axes&, bool),
                 const std::string& torch, Input (*input)(const Shape&),
                 const std::vector<Sample>& extra, std::vector<BadCall> extra_bad) {
  struct Variant {
    Shape shape;
    std::vector<int> axes;
    bool keepdims = false;
  };
  const Variant variants[] = {
      {{}, {}},
      {{}, {-1}, true},
      {{33}, {}},
      {{33}, {0}},
      {{2, 33}, {1}},
      {{33, 2}, {0}},
      {{1, 3}, {0}},
      {{0, 3}, {1}},
      {{2, 3, 4}, {}},
      {{2, 3, 4}, {0}},
      {{2, 3, 4}, {1}},
      {{2, 3, 4}, {-1}},
      {{2, 3, 4}, {0, 2}},
      {{2, 3, 4}, {-1, 0}},
      {{2, 3, 4}, {1, 2}},
      {{2, 3, 4}, {0, 1, 2}},
      {{2, 3, 4}, {}, true},
      {{2, 3, 4}, {1}, true},
      {{2, 3, 4}, {-1, 0}, true},
      {{2, 1, 3}, {1}},
      {{2, 3}, {-2}, true},
  };
  std::vector<Sample> samples;
  for (const auto& [shape, axes, keepdims] : variants) {
    std::ostringstream text;
    text << torch << "(a, dim=[";
    for (std::size_t i = 0; i < (axes.empty() ? shape.size() : axes.size()); ++i)
      text << (i ? ", " : "") << (axes.empty() ? static_cast<int>(i) : axes[i]);
    text << "], keepdim=" << (keepdims ? "True" : "False") << ')';
    samples.push_back(
        {.torch = text.str(),
         .call = [f, axes = axes, keepdims = keepdims](X x) { return f(x[0], axes, keepdims); },
         .inputs = {input(shape)}});
  }
  std::vector<BadCall> bad_calls = {
      BAD(ShapeError, f(zeros({2, 3}), 2, false), "axis 2", "2 dimensions", "-2 to 1"),
      BAD(ShapeError, f(zeros({2, 3}), -3, true), "axis -3", "2 dimensions"),
      BAD(ShapeError, f(zeros({2, 3}), {1, -1}, false), "twice"),
      BAD(ShapeError, f(zeros({}), 1, false), "axis 1"),
      BAD(ValueError, f(Tensor(), {}, false), "undefined tensor"),
  };
  bad_calls.insert(bad_calls.end(), extra_bad.begin(), extra_bad.end());
  return op(name, std::move(samples) + extra, std::move(bad_calls));
}

OpCase arg_reduction(const std::string& name, Tensor (*f)(const Tensor&, int, bool),
                     Tensor (*flat)(const Tensor&), const std::string& torch) {
  std::vector<Sample> samples;
  const auto add = [&](const Input& input, int axis, bool keepdims) {
    samples.push_back({.torch = torch + "(a, dim=" + std::to_string(axis) +
                                ", keepdim=" + (keepdims ? "True" : "False") + ")",
                       .call = [=](X x) { return f(x[0], axis, keepdims); },
                       .inputs = {input},
                       .order = 0});
  };
  for (int axis : {0, 1, 2, -1, -3})
    for (bool keepdims : {false, true}) add(distinct({2, 3, 4}), axis, keepdims);
  add(distinct({33}), 0, false);
  add(distinct({2, 33}), 1, false);
  add(distinct({0, 3}), 1, false);
  add(integers({3, 33}, -20, 20), 1, false);  // with ties
  add(as(uint8, integers({33, 3}, 0, 9)), 0, true);
  add(exactly({2, 5}, {1, nan, 2, nan, 3, -inf, inf, 0, -inf, inf}), 1, false);
  for (const Input& input : {distinct({}), distinct({33}), distinct({2, 3, 4}),
                             integers({3, 33}, -20, 20), exactly({4}, {1, nan, inf, nan})})
    samples.push_back({.torch = torch + "(a)",
                       .call = [flat](X x) { return flat(x[0]); },
                       .inputs = {input},
                       .order = 0});
  return op(name, std::move(samples),
            {
                BAD(ShapeError, f(zeros({2, 3}), 2, false), "axis 2", "2 dimensions"),
                BAD(ShapeError, f(zeros({2, 0}), 1, false), "(2, 0)"),
                BAD(ShapeError, flat(zeros({0})), "(0,)"),
                BAD(ValueError, flat(Tensor()), "undefined tensor"),
                BAD(ValueError, f(Tensor(), 0, false), "undefined tensor"),
            });
}

OpCase along_axis(const std::string& name, Tensor (*f)(const Tensor&, int),
                  const std::string& torch) {
  std::vector<Sample> samples;
  const auto add = [&](const Input& input, int axis, int order, bool numeric) {
    samples.push_back({.torch = torch + "(a, dim=" + std::to_string(axis) + ")",
                       .call = [=](X x) { return f(x[0], axis); },
                       .inputs = {input},
                       .order = order,
                       .numeric = numeric});
  };
  for (int axis : {0, 1, -1}) add(reals({2, 3, 4}), axis, 2, true);
  for (const Shape& shape : {Shape{}, {33}, {2, 33}, {3, 1}, {0, 3}, {5, 17}})
    add(reals(shape), -1, 2, true);
  add(reals({33, 2}), 0, 2, true);
  add(reals({3, 0}), -1, 2, true);
  // These do not overflow, and do not underflow to 0 / 0.
  add(exactly({3, 3}, {1e4, -1e4, 0, -1e4, -1e4, -1e4, 1e4, 1e4, 1e4}), 1, 2, false);
  add(exactly({3, 3}, {-inf, -inf, -inf, -inf, 0, 1, nan, 0, 1}), 1, 1, false);
  return op(name, std::move(samples),
            {
                BAD(ShapeError, f(zeros({2, 3}), 2), "axis 2", "2 dimensions"),
                BAD(ShapeError, f(zeros({2, 3}), -3), "axis -3"),
                BAD(ValueError, f(Tensor(), 0), "undefined tensor"),
            });
}

// ---- what op_cases.hpp declares

std::ostream& operator<<(std::ostream& out, const OpCase& op) { return out << op.name; }

bool is_differentiable(const Sample& sample, std::size_t input) {
  return sample.order > 0 && is_floating(sample.inputs[input].dtype);
}

std::vector<Tensor> make_inputs(const Sample& sample, DType real) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const Input& input = sample.inputs[i];
    tensors.push_back(tensor(input.values, input.shape,
                             {.dtype = input.dtype == float64 ? real : input.dtype,
                              .requires_grad = is_differentiable(sample, i)}));
  }
  return tensors;
}

std::string describe(const Sample& sample) {
  std::ostringstream text;
  text << sample.torch << " with";
  for (std::size_t i = 0; i < sample.inputs.size(); ++i)
    text << (i ? ", " : " ") << static_cast<char>('a' + i) << ' ' << sample.inputs[i].shape << ' '
         << sample.inputs[i].dtype;
  return text.str();
}

std::string fingerprint(const Sample& sample) {
  Hash hash;
  hash.add(sample.torch);
  hash.add(static_cast<std::uint64_t>(sample.order));
  for (const Input& input : sample.inputs) {
    hash.add(to_string(input.dtype));
    for (std::size_t extent : input.shape) hash.add(extent);
    for (double value : input.values) hash.add(std::bit_cast<std::uint64_t>(value));
  }
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << hash.value();
  return text.str();
}

double weight(std::size_t k) {
  SplitMix64 random(k);
  return static_cast<double>(2 * random.between(-32, 32) + 1) / 64;
}

Tensor weights(const Shape& shape, DType dtype, std::size_t offset) {
  std::vector<double> values(shape.numel());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = weight(offset + i);
  return tensor(values, shape, {.dtype = dtype});
}

}  // namespace xgrad::test
