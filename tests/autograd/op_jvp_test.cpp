// The forward mode of all operations: against the reverse mode, against finite differences, and
// over one another to second order.

#include <gtest/gtest.h>

#include "autograd/functional.hpp"
#include "golden.hpp"

namespace xgrad::test {
namespace {

// A sample as a function of those of its inputs that are differentiated.
class Differentiable {
 public:
  explicit Differentiable(const Sample& sample) : sample_(sample), inputs_(make_inputs(sample)) {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (is_differentiable(sample, i)) {
        points_.push_back(inputs_[i].detach());
        tangents_.push_back(weights(inputs_[i].shape(), inputs_[i].dtype(), direction_offset(i)));
      }
  }

  Tensor operator()(const Tensors& points) const {
    Tensors inputs = inputs_;
    for (std::size_t i = 0, next = 0; i < inputs.size(); ++i)
      if (is_differentiable(sample_, i)) inputs[i] = points[next++];
    return sample_.call(inputs);
  }
  const Tensors& points() const { return points_; }
  const Tensors& tangents() const { return tangents_; }

  /// f at points + step * tangents.
  Doubles at(double step) const {
    Tensors moved;
    for (std::size_t i = 0; i < points_.size(); ++i)
      moved.push_back(points_[i] + step * tangents_[i]);
    return (*this)(moved).to_vector<double>();
  }

 private:
  const Sample& sample_;
  Tensors inputs_;
  Tensors points_, tangents_;
};

bool all_finite(const Tensors& tensors) {
  for (const Tensor& t : tensors)
    for (const double v : t.to_vector<double>())
      if (!std::isfinite(v)) return false;
  return true;
}

double dot(const Tensors& a, const Tensors& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Doubles x = a[i].to_vector<double>(), y = b[i].to_vector<double>();
    for (std::size_t k = 0; k < x.size(); ++k) total += x[k] * y[k];
  }
  return total;
}

double length(const Tensors& a) { return std::sqrt(dot(a, a)); }

// Of sums of products of rounded numbers.
void expect_near(double actual, double expected, double scale, DType dtype) {
  EXPECT_LE(std::abs(actual - expected), tolerance_of(dtype) * std::max(1.0, scale))
      << actual << " is expected to be " << expected;
}

class OpJvp : public testing::TestWithParam<OpRow> {
 protected:
  // Calls check(sample, f) for every sample differentiated that often.
  template <class Check>
  void for_each_differentiable(int order, Check check) const {
    for (const Sample& sample : GetParam().get().samples) {
      if (sample.order < order) continue;
      SCOPED_TRACE(describe(sample));
      check(sample, Differentiable(sample));
    }
  }
};

TEST_P(OpJvp, IsTheTransposeOfTheReverseMode) {
  for_each_differentiable(1, [](const Sample&, const Differentiable& f) {
    const auto [outputs, products] = jvp(f, f.points(), f.tangents());
    const Tensor& y = outputs.front();
    EXPECT_EQ(products.front().shape(), y.shape());
    EXPECT_EQ(products.front().dtype(), y.dtype());
    EXPECT_FALSE(products.front().requires_grad());
    const Tensors w = {weights(y.shape(), y.dtype(), 0)};
    const Tensors transposed = vjp(f, f.points(), w).products;
    // The mean of nothing has derivatives 0 / 0, but none of them by an element.
    const bool any_input = f.points()[0].numel() > 0;
    EXPECT_TRUE(!any_input || all_finite(products) == all_finite(transposed));
    if (all_finite(products))
      expect_near(dot(w, products), dot(transposed, f.tangents()), length(w) * length(products),
                  y.dtype());
  });
}

TEST_P(OpJvp, IsTheDerivativeAlongTheTangents) {
  for_each_differentiable(1, [](const Sample& sample, const Differentiable& f) {
    if (!sample.numeric) return;
    for (const Tensor& x : f.points())
      if (x.dtype() != float64) return;
    const Doubles product = jvp(f, f.points(), f.tangents()).products.front().to_vector<double>();
    // Of fourth order: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h.
    constexpr double h = 1e-4;
    const Doubles a = f.at(2 * h), b = f.at(h), c = f.at(-h), d = f.at(-2 * h);
    Doubles difference(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      difference[i] = std::isfinite(b[i]) ? (8 * (b[i] - c[i]) - (a[i] - d[i])) / (12 * h)
                                          : product[i];  // no step leads away from it
    EXPECT_TRUE(all_close(product, difference, 1e-7));
  });
}

// x -> the gradient of <w, f(x)>: its Jacobian, the Hessian, is symmetric.
auto gradient_of(const Differentiable& f) {
  return [&f](const Tensors& points) {
    const Tensor y = f(points);
    return vjp(f, points, {weights(y.shape(), y.dtype(), 0)}).products;
  };
}

TEST_P(OpJvp, OverTheReverseModeIsTheReverseModeOverItself) {
  for_each_differentiable(2, [](const Sample&, const Differentiable& f) {
    const auto gradient = gradient_of(f);
    const Tensors forward = jvp(gradient, f.points(), f.tangents()).products;
    const Tensors reverse = vjp(gradient, f.points(), f.tangents()).products;
    if (!all_finite(reverse)) return;
    for (std::size_t i = 0; i < forward.size(); ++i) {
      const double scale = std::max(1.0, length(reverse));
      EXPECT_TRUE(all_close(forward[i].to_vector<double>(), reverse[i].to_vector<double>(),
                            scale * tolerance_of(f.points()[0].dtype())));
    }
  });
}

TEST_P(OpJvp, OverItselfIsTheSecondDerivative) {
  for_each_differentiable(2, [](const Sample&, const Differentiable& f) {
    const auto slope = [&](const Tensors& points) { return jvp(f, points, f.tangents()).products; };
    const Tensors second = jvp(slope, f.points(), f.tangents()).products;
    const Tensors product = vjp(gradient_of(f), f.points(), f.tangents()).products;
    if (!all_finite(product)) return;
    const Tensors w = {weights(second[0].shape(), second[0].dtype(), 0)};
    expect_near(dot(w, second), dot(f.tangents(), product),
                length(f.tangents()) * length(product) + length(w) * length(second),
                f.points()[0].dtype());
  });
}

INSTANTIATE_TEST_SUITE_P(All, OpJvp, testing::ValuesIn(differentiable_op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
