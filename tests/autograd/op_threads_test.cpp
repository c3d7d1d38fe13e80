// Values and first gradients of all operations, with work cut into pieces even where it is small:
// as without, and the same to the last bit whatever the number of threads.

#include <gtest/gtest.h>

#include <bit>

#include "autograd/library.hpp"
#include "autograd/support/parallel.hpp"
#include "golden.hpp"

namespace xgrad::test {
namespace {

class OpThreads : public testing::TestWithParam<OpRow> {
 protected:
  OpThreads() { kernels::least_piece = 1e-6; }
  ~OpThreads() override {
    kernels::least_piece = least_;
    set_num_threads(threads_);
  }

 private:
  const double least_ = kernels::least_piece;
  const std::size_t threads_ = num_threads();
};

TEST_P(OpThreads, EqualsPyTorchToTheSameLastBit) {
  std::vector<std::vector<std::uint64_t>> at_one_thread;
  for (const std::size_t threads : {1U, 2U, 3U, 5U}) {
    SCOPED_TRACE(testing::Message() << threads << " threads");
    set_num_threads(threads);
    std::size_t sample_number = 0;
    for_each_sample(GetParam(), [&](const Sample& sample, const Golden& expected) {
      const Tensors inputs = make_inputs(sample);
      const Tensor y = sample.call(inputs);
      EXPECT_TRUE(all_close(y.to_vector<double>(), expected.values, tolerance_of(y.dtype())));
      Doubles all = y.to_vector<double>();
      if (sample.order > 0) {
        const Tensors gradients = first_gradients(sample, inputs, y, false);
        for (const auto& [i, values] : expected.first) {
          const Doubles gradient = gradients[i].to_vector<double>();
          EXPECT_TRUE(all_close(gradient, values, tolerance_of(gradients[i].dtype())));
          all.insert(all.end(), gradient.begin(), gradient.end());
        }
      }
      std::vector<std::uint64_t> bits;
      for (const double v : all) bits.push_back(std::bit_cast<std::uint64_t>(v));
      if (threads == 1) at_one_thread.push_back(bits);
      EXPECT_TRUE(bits == at_one_thread[sample_number++]);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpThreads, testing::ValuesIn(op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
