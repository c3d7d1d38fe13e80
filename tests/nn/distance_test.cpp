#include "nn/distance.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// The values are PyTorch's.
const Tensor a = tensor({{1., 2., 3.}, {0., 0., 0.}, {-1., 0.5, 2.}});
const Tensor b = tensor({{2., -1., 1.}, {1., 1., 1.}, {-2., 1., 4.}});

TEST(CosineSimilarity, EqualsPyTorch) {
  expect_close(nn::cosine_similarity(a, b), tensor({0.32732683535398865, 0., 1.}));
  const Tensor columns = tensor({0.9428090415820632, -0.420084025208403, 0.7190924955066749});
  expect_close(nn::cosine_similarity(a, b, {.dim = 0}), columns);
  expect_close(nn::CosineSimilarity({.dim = 0}).forward(a, b), columns);
  EXPECT_NE(ERROR_OF(ValueError, nn::cosine_similarity(a, b, {.eps = 0})).find("eps"),
            std::string::npos);
  EXPECT_NE(ERROR_OF(ValueError, nn::cosine_similarity(a, Tensor())).find("x2"), std::string::npos);
}

TEST(PairwiseDistance, EqualsPyTorch) {
  expect_close(nn::pairwise_distance(a, b, {.p = 1}), tensor({6.000001, 2.999997, 3.499999}));
  expect_close(nn::pairwise_distance(a, b),
               tensor({3.7416584558191572, 1.7320490755180697, 2.2912871928248104}));
  const Tensor cubes = tensor({3.3019283495372265, 1.442248128057838, 2.089668853925268});
  expect_close(nn::pairwise_distance(a, b, {.p = 3}), cubes);
  const Tensor kept = nn::PairwiseDistance({.p = 3, .keepdim = true}).forward(a, b);
  EXPECT_EQ(kept.shape(), (Shape{3, 1}));
  expect_close(squeeze(kept, 1), cubes);
  EXPECT_NE(ERROR_OF(ValueError, nn::pairwise_distance(Tensor(), b)).find("x1"), std::string::npos);
}

}  // namespace
}  // namespace xgrad::test
