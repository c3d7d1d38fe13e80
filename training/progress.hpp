#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "average.hpp"

namespace xgrad::training {

/// A named number, printed with four decimals or in percent.
struct Metric {
  std::string name;      ///< as it is printed
  double value = 0;      ///< a fraction, if it is printed in percent
  bool percent = false;  ///< print 100 value, with two decimals
};

/// Options of Progress.
struct ProgressOptions {
  std::string label = {};        ///< the beginning of the line: "epoch 1/10"
  std::size_t total = 0;         ///< steps of the epoch; 0: no bar and no ETA
  std::string unit = "samples";  ///< what the rate counts
  bool quiet = false;            ///< print nothing
  std::FILE* out = stdout;       ///< where to print; not null
};

/// Reports an epoch. On a terminal it redraws a line with a bar, the averages of the metrics so
/// far (those that fit on the line), the rate and the time left. At the end it prints one line with
/// the outcome, also to a pipe or a file:
///
///     training::Progress progress({.label = "epoch 1/10", .total = batches.size()});
///     for (auto& [x, labels] : batches) {
///       …
///       progress.step(labels.numel(), {{"loss", loss.item<double>()}});
///     }
///     progress.finish({{"validation loss", validation_loss}});
///
///     epoch 1/10 [######..................]  loss 0.6132  52301 samples/s  ETA 0:12
///     epoch 1/10  loss 0.4496  validation loss 0.4512  52114 samples/s
class Progress {
 public:
  /// Throws ValueError for a null `out`.
  explicit Progress(ProgressOptions options = {});
  /// Ends an unfinished line, so that further output begins on a new one.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Counts one more step over that many samples. Its metrics are averaged with the samples as
  /// weights.
  void step(std::size_t samples, const std::vector<Metric>& metrics = {});
  /// Prints the line with the outcome: the averages, then `more` as they are.
  void finish(const std::vector<Metric>& more = {});

  /// The average of a metric so far. Throws ValueError for a name that step() has not been given.
  double mean(std::string_view name) const;

 private:
  using Clock = std::chrono::steady_clock;

  double seconds() const;
  std::string means() const;
  std::string rate() const;
  void draw();

  ProgressOptions options_;
  bool terminal_ = false;
  bool drawn_ = false;
  std::size_t steps_ = 0;
  std::size_t samples_ = 0;
  std::vector<std::pair<Metric, Average>> averages_;  ///< in the order of their first step
  Clock::time_point start_ = Clock::now(), last_step_ = start_;
  std::optional<Clock::time_point> last_draw_;
};

}  // namespace xgrad::training
