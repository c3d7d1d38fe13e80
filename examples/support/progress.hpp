#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace xgrad::examples {

/// How well a network does on a set of samples.
struct Score {
  double loss = 0;      ///< mean over the samples
  double accuracy = 0;  ///< share of right answers
};

/// Reports one epoch on stdout: a bar that is redrawn in place on a terminal, then, there and in a
/// pipe or file, one line with the outcome.
class EpochProgress {
 public:
  EpochProgress(std::size_t epoch, std::size_t epochs, std::size_t batches, bool quiet);
  /// Leaves an unfinished bar standing, so that what follows starts on a line of its own.
  ~EpochProgress();
  EpochProgress(const EpochProgress&) = delete;
  EpochProgress& operator=(const EpochProgress&) = delete;

  /// Counts one more batch of `samples`.
  void add(std::size_t samples, const Score& score);
  /// Prints the line of the epoch.
  void finish(const std::optional<Score>& validation);

  /// Mean over the samples so far.
  Score mean() const;

 private:
  using Clock = std::chrono::steady_clock;
  double samples_per_second() const;
  void draw() const;

  std::size_t epoch_;
  std::size_t epochs_;
  std::size_t batches_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::size_t batches_done_ = 0;
  std::size_t samples_ = 0;
  Score sum_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_change_ = start_;
  std::optional<Clock::time_point> last_draw_;
};

}  // namespace xgrad::examples
