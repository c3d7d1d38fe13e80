// The library's threads by themselves.

#include "autograd/support/parallel.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <thread>

#include "autograd/library.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using kernels::parallel_for;
using kernels::parallel_ranges;

constexpr double long_enough = 1e6;  // to wake threads

class Parallel : public testing::TestWithParam<std::size_t> {
 protected:
  Parallel() { set_num_threads(GetParam()); }
  ~Parallel() override { set_num_threads(threads_); }

 private:
  const std::size_t threads_ = num_threads();
};
INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1U, 2U, 3U, 5U));

/// Whether a job of so many pieces has each of them done once.
bool does_each_once(std::size_t pieces, double nanoseconds) {
  std::vector<int> done(pieces);
  parallel_for(pieces, nanoseconds, [&](std::size_t i) { ++done[i]; });
  return std::count(done.begin(), done.end(), 1) == static_cast<std::ptrdiff_t>(pieces);
}

TEST_P(Parallel, DoesEachPieceOnce) {
  for (int repetition = 0; repetition < 2000; ++repetition)
    for (const std::size_t pieces : {0U, 1U, 2U, 3U, 7U, 32U})
      ASSERT_TRUE(does_each_once(pieces, repetition % 3 ? long_enough : 1)) << pieces;
}

TEST_P(Parallel, RangesCoverEveryIndexOnce) {
  for (const std::size_t n : {0U, 1U, 2U, 5U, 63U, 64U, 1000U, 4097U})
    for (const double nanoseconds : {0.0, 1.0, 300.0, 20'000.0}) {
      std::vector<int> visits(n);
      std::atomic<std::size_t> ranges = 0;
      parallel_ranges(n, nanoseconds, [&](std::size_t from, std::size_t to) {
        ++ranges;
        for (std::size_t i = from; i < to; ++i) ++visits[i];
      });
      EXPECT_EQ(visits, std::vector<int>(n, 1)) << n << " of " << nanoseconds << " ns";
      EXPECT_LE(ranges, 32U);
      EXPECT_TRUE(ranges == 1U || static_cast<double>(n) * nanoseconds >= 2 * kernels::least_piece);
    }
}

TEST_P(Parallel, AJobWithinAPieceIsDoneByItsThread) {
  std::atomic<int> wrong = 0;
  parallel_for(8, long_enough, [&](std::size_t) {
    const auto self = std::this_thread::get_id();
    parallel_for(4, long_enough, [&](std::size_t) { wrong += std::this_thread::get_id() != self; });
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Parallel, AnErrorOfAPieceIsThrownOnAtTheEnd) {
  for (int repetition = 0; repetition < 100; ++repetition) {
    std::atomic<int> done = 0;
    EXPECT_THROW(parallel_for(16, long_enough,
                              [&](std::size_t i) {
                                ++done;
                                if (i % 5 == 3) throw MemoryError("no memory");
                              }),
                 MemoryError);
    EXPECT_TRUE(done == 16 || GetParam() == 1);
    EXPECT_TRUE(does_each_once(16, long_enough));
  }
}

TEST_P(Parallel, SeveralThreadsHaveTheirJobsDoneAtOnce) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) wrong += !does_each_once(5, long_enough);
    });
  callers.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_P(Parallel, AForkedChildHasThreadsOfItsOwn) {
  EXPECT_TRUE(does_each_once(16, long_enough));
  const pid_t pid = fork();
  if (pid == 0) _exit(does_each_once(16, long_enough) && num_threads() == GetParam() ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(does_each_once(16, long_enough));
}

// set_flush_denormal is a setting of the calling thread.
TEST_P(Parallel, PiecesAreComputedAsTheCallerWould) {
  const volatile double smallest = std::numeric_limits<double>::min();
  for (const bool flush : {true, false}) {
    if (!set_flush_denormal(flush)) GTEST_SKIP() << "the processor cannot flush denormal numbers";
    for (int repetition = 0; repetition < 200; ++repetition) {
      std::array<double, 16> halves;
      parallel_for(16, long_enough, [&](std::size_t i) { halves[i] = smallest / 2; });
      const auto zeros = std::count(halves.begin(), halves.end(), 0.0);
      ASSERT_EQ(zeros, flush ? 16 : 0);
    }
  }
}

}  // namespace
}  // namespace xgrad::test
