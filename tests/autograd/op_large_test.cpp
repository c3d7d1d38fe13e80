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

// Sizes for the kernels without columns, beside some that need columns.
TEST_F(OpLarge, ConvolutionAndItsGradientsEqualUnfoldAndMatmul) {
  manual_seed(5);
  struct Case {
    Shape x, weight;
    Conv2dOptions options = {};
  };
  const Case cases[] = {{{3, 2, 9, 40}, {16, 2, 3, 3}},
                        {{2, 3, 13, 14}, {17, 3, 5, 4}, {.padding = {2, 1}}},
                        {{9, 1, 28, 28}, {6, 1, 5, 5}, {.padding = 2}},
                        {{2, 5, 70, 33}, {31, 5, 2, 3}, {.padding = 1}},
                        {{1, 4, 1, 50}, {48, 4, 1, 7}, {.padding = {0, 3}}},
                        {{2, 2, 20, 24}, {33, 2, 3, 3}, {.padding = 2, .dilation = {1, 2}}},
                        {{70, 3, 12, 12}, {64, 3, 3, 3}, {.padding = {3, 0}}},
                        {{2, 3, 20, 21}, {16, 3, 3, 3}, {.stride = 2, .padding = 1}},
                        {{5, 20, 8, 8}, {32, 20, 1, 1}}};
  for (const auto& [x_shape, w_shape, options] : cases)
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(testing::Message() << x_shape << ' ' << w_shape << ' ' << dtype);
      const TensorOptions leaf = {.dtype = dtype, .requires_grad = true};
      const Tensor x = randn(x_shape, leaf), w = randn(w_shape, leaf);
      const Tensor b = randn({w_shape[0]}, leaf);
      const Tensor y = conv2d(x, w, b, options);
      const UnfoldOptions moves{options.dilation, options.padding, options.stride};
      const Tensor columns = unfold(
          x, {static_cast<std::int64_t>(w_shape[2]), static_cast<std::int64_t>(w_shape[3])}, moves);
      const Tensor expected = reshape(matmul(flatten(w, 1), columns) + unsqueeze(b, 1), y.shape());
      const Tensor seed = randn(y.shape(), {.dtype = dtype});
      const Tensors actual = grad({y}, {x, w, b}, {.grad_outputs = {seed}});
      const Tensors wanted = grad({expected}, {x, w, b}, {.grad_outputs = {seed}});
      const auto is_near = [&](const Tensor& t, const Tensor& u) {
        const double largest = max(abs(u)).item<double>();
        return all_close(t.to_vector<double>(), u.to_vector<double>(),
                         (dtype == float32 ? 1e-5 : 1e-13) * largest);
      };
      EXPECT_TRUE(is_near(y, expected));
      for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(is_near(actual[i], wanted[i])) << i;
      if (Size2d(options.stride).h == 1) {  // its adjoint, which is a convolution too
        const Tensor c = randn({x_shape[1]}, leaf);
        const ConvTranspose2dOptions back{.padding = options.padding, .dilation = options.dilation};
        EXPECT_TRUE(
            is_near(conv_transpose2d(seed, w, c, back), actual[0] + reshape(c, {-1, 1, 1})));
      }
    }
}

// Groups, with and without columns.
TEST_F(OpLarge, GroupsAreConvolutionsOfTheirOwn) {
  manual_seed(6);
  for (const std::int64_t stride : {1, 2}) {
    const Tensor x = randn({4, 6, 12, 15}, f64_grad), w = randn({24, 3, 3, 3}, f64_grad);
    const Tensor b = randn({24}, f64_grad);
    const Tensor y = conv2d(x, w, b, {.stride = stride, .padding = 1, .groups = 2});
    Tensors halves;
    for (const std::int64_t i : {0, 1})
      halves.push_back(conv2d(slice(x, 1, 3 * i, 3 * i + 3), slice(w, 0, 12 * i, 12 * i + 12),
                              slice(b, 0, 12 * i, 12 * i + 12), {.stride = stride, .padding = 1}));
    const Tensor expected = concatenate(halves, 1), seed = randn(y.shape(), f64);
    EXPECT_TRUE(all_close(y.to_vector<double>(), expected.to_vector<double>(), 1e-12));
    const Tensors actual = grad({y}, {x, w, b}, {.grad_outputs = {seed}});
    const Tensors wanted = grad({expected}, {x, w, b}, {.grad_outputs = {seed}});
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(all_close(actual[i].to_vector<double>(), wanted[i].to_vector<double>(), 1e-11));
  }
}

TEST_F(OpLarge, ThreadsDoNotChangeTheLastBitOfConvolutions) {
  std::vector<std::vector<float>> expected;
  for (const std::size_t threads : {1U, 2U, 3U, 5U}) {
    manual_seed(7);
    set_num_threads(threads);
    const TensorOptions leaf = {.requires_grad = true};
    const Tensor x = randn({37, 3, 24, 23}, leaf), w = randn({12, 3, 3, 3}, leaf);
    const Tensor b = randn({12}, leaf), v = randn({6, 12, 2, 2}, leaf);
    const Tensor h = max_pool2d(relu(conv2d(x, w, b, {.padding = 1})), 2);
    const Tensor y = avg_pool2d(conv2d(h, v, {}, {.stride = 2}), 2);
    Tensors all = grad({sum(y * y)}, {x, w, b, v});
    all.push_back(y);
    all.push_back(conv_transpose2d(h, w, {}, {.stride = 2}));
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::vector<float> actual = all[i].to_vector<float>();
      if (threads == 1) expected.push_back(actual);
      EXPECT_TRUE(actual == expected[i]) << threads << " threads, result " << i;
    }
  }
}

}  // namespace
}  // namespace xgrad::test
