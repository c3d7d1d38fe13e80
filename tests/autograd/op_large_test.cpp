// Sizes at which work is cut into tiles and shared between threads: against plain loops, and the
// same to the last bit whatever the number of threads.

#include "autograd/library.hpp"
#include "golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

/// Row-major, of doubles.
struct Matrix {
  std::size_t rows, columns;
  Doubles values;

  explicit Matrix(const Tensor& t)
      : rows(t.shape()[0]), columns(t.shape()[1]), values(t.to_vector<double>()) {}
  Matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }

  Matrix transposed() const {
    Matrix t(columns, rows);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) t(j, i) = (*this)(i, j);
    return t;
  }
  Matrix times(const Matrix& other) const {
    Matrix product(rows, other.columns);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < columns; ++k)
        for (std::size_t j = 0; j < other.columns; ++j)
          product(i, j) += (*this)(i, k) * other(k, j);
    return product;
  }
};

struct Sizes {
  std::size_t m, k, n;
};
// Short and wide, tall and narrow, larger than a tile in either direction, and never a multiple of
// its size.
constexpr Sizes sizes[] = {
    {3, 500, 7}, {1, 700, 900}, {600, 70, 61}, {61, 70, 600}, {300, 129, 257}};

class OpLarge : public testing::Test {
 protected:
  ~OpLarge() override { set_num_threads(threads_); }
  const std::size_t threads_ = num_threads();
};

TEST_F(OpLarge, MatmulAndItsGradientsEqualPlainLoops) {
  manual_seed(0);
  for (const auto& [m, k, n] : sizes)
    for (DType dtype : {float64, float32}) {
      SCOPED_TRACE(testing::Message() << m << " x " << k << " x " << n << ' ' << dtype);
      const TensorOptions options = {.dtype = dtype, .requires_grad = true};
      const Tensor a = randn({m, k}, options), b = randn({k, n}, options);
      const Tensor seed = randn({m, n}, {.dtype = dtype});
      const Matrix x(a), y(b), g(seed);
      // The error of a sum of k products of normal numbers, and some room.
      const double tolerance =
          (dtype == float32 ? 1e-6 : 1e-15) * std::sqrt(static_cast<double>(m + k + n)) * 4;
      const Tensor c = matmul(a, b);
      EXPECT_TRUE(all_close(c.to_vector<double>(), x.times(y).values, tolerance));
      const Tensors gradients = grad({c}, {a, b}, {.grad_outputs = {seed}});
      EXPECT_TRUE(
          all_close(gradients[0].to_vector<double>(), g.times(y.transposed()).values, tolerance));
      EXPECT_TRUE(
          all_close(gradients[1].to_vector<double>(), x.transposed().times(g).values, tolerance));
    }
}

TEST_F(OpLarge, LinearEqualsMatmulAndAdd) {
  manual_seed(1);
  const TensorOptions options = f64_grad;
  for (const auto& [m, k, n] : sizes) {
    const Tensor x = randn({m, k}, options), w = randn({n, k}, options), b = randn({n}, options);
    const Tensor seed = randn({m, n}, f64);
    const Tensor y = linear(x, w, b), expected = matmul(x, t(w)) + b;
    EXPECT_TRUE(all_close(y.to_vector<double>(), expected.to_vector<double>(), 1e-12));
    const Tensors actual = grad({y}, {x, w, b}, {.grad_outputs = {seed}});
    const Tensors wanted = grad({expected}, {x, w, b}, {.grad_outputs = {seed}});
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(all_close(actual[i].to_vector<double>(), wanted[i].to_vector<double>(), 1e-12));
  }
}

TEST_F(OpLarge, ElementwiseAndReductionsEqualPlainLoops) {
  manual_seed(2);
  const Tensor x = randn({513, 1031}, f64);
  const Doubles values = x.to_vector<double>();
  const Doubles row_of_tanh = tanh(x).to_vector<double>();
  Doubles rows(513), columns(1031), largest(513, -1e9);
  for (std::size_t i = 0; i < 513; ++i)
    for (std::size_t j = 0; j < 1031; ++j) {
      const double v = values[i * 1031 + j];
      ASSERT_NEAR(row_of_tanh[i * 1031 + j], std::tanh(v), 1e-15);
      rows[i] += v;
      columns[j] += v;
      largest[i] = std::max(largest[i], v);
    }
  EXPECT_TRUE(all_close(sum(x, 1).to_vector<double>(), rows, 1e-12));
  EXPECT_TRUE(all_close(sum(x, 0).to_vector<double>(), columns, 1e-12));
  EXPECT_EQ(max(x, 1).to_vector<double>(), largest);
}

// One after the other, four million times 0.1 would be several per cent off in float32.
TEST_F(OpLarge, RoundingErrorsOfSumsGrowWithTheSquareRootAtWorst) {
  constexpr std::size_t n = 1 << 22;
  const Tensor x = full({n}, 0.1f);
  const double exact = n * static_cast<double>(0.1f);
  const double bound = std::sqrt(n) * 0x1p-24;
  EXPECT_NEAR(sum(x).item<double>() / exact, 1, bound);
  EXPECT_NEAR(mean(x).item<double>() * n / exact, 1, bound);
  EXPECT_NEAR(sum(sum(reshape(x, {n / 4, 4}), 0)).item<double>() / exact, 1, bound);
}

// Products above and below the size from which they are cut, with odd extents, and passes long
// enough to wake threads.
TEST_F(OpLarge, ThreadsDoNotChangeTheLastBit) {
  manual_seed(3);
  const TensorOptions options = {.requires_grad = true};
  std::vector<std::vector<std::vector<float>>> expected;
  for (const std::size_t threads : {1U, 2U, 3U, 5U, 8U}) {
    manual_seed(3);
    set_num_threads(threads);
    std::size_t number = 0;
    for (const auto& [m, k, n] : {Sizes{700, 300, 500},
                                  {64, 784, 128},
                                  {63, 785, 129},
                                  {1301, 61, 77},
                                  {17, 400, 1999},
                                  {61, 70, 600}}) {
      const Tensor x = randn({m, k}), w = randn({n, k}, options), b = randn({n}, options);
      const Tensor y = log_softmax(tanh(linear(x, w, b)));
      const Tensors g = grad({sum(y * y)}, {w, b});
      const std::vector<std::vector<float>> actual = {y.to_vector<float>(), g[0].to_vector<float>(),
                                                      g[1].to_vector<float>()};
      if (threads == 1) expected.push_back(actual);
      EXPECT_TRUE(actual == expected[number++])
          << threads << " threads, " << m << ' ' << k << ' ' << n;
    }
  }
}

TEST_F(OpLarge, ThreadsDoNotChangeTheLastBitOfPasses) {
  std::vector<std::vector<float>> expected;
  for (const std::size_t threads : {1U, 2U, 3U, 5U}) {
    manual_seed(4);
    set_num_threads(threads);
    const Tensor x = randn({1501, 1031});
    const Tensor all[] = {
        sum(x),   sum(x, 0),     sum(x, 1),     max(x, 0),     argmax(x, 1),
        t(x) * 2, softmax(x, 0), softmax(x, 1), x + sum(x, 0), x * sum(x, 1, true),
        x > 0,    x.to(float64), flip(x, {0}),  norm(x)};
    for (std::size_t i = 0; i < std::size(all); ++i) {
      const std::vector<float> actual = all[i].to(float32).to_vector<float>();
      if (threads == 1) expected.push_back(actual);
      EXPECT_TRUE(actual == expected[i]) << threads << " threads, result " << i;
    }
  }
}

}  // namespace
}  // namespace xgrad::test
