#include "examples/support/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace xgrad::examples {
namespace {

constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::size_t bar_width = 24;
constexpr const char* clear_line = "\r\033[K";

}  // namespace

EpochProgress::EpochProgress(std::size_t epoch, std::size_t epochs, std::size_t batches, bool quiet)
    : epoch_(epoch),
      epochs_(epochs),
      batches_(batches),
      quiet_(quiet),
      terminal_(isatty(STDOUT_FILENO) == 1) {}

EpochProgress::~EpochProgress() {
  if (drawn_) std::printf("\n");
}

void EpochProgress::add(std::size_t samples, const Score& score) {
  ++batches_done_;
  samples_ += samples;
  sum_.loss += score.loss * static_cast<double>(samples);
  sum_.accuracy += score.accuracy * static_cast<double>(samples);
  last_change_ = Clock::now();
  if (quiet_ || !terminal_) return;
  if (last_draw_ && last_change_ - *last_draw_ < redraw_interval) return;
  last_draw_ = last_change_;
  drawn_ = true;
  draw();
}

Score EpochProgress::mean() const {
  const double n = static_cast<double>(std::max<std::size_t>(samples_, 1));
  return {sum_.loss / n, sum_.accuracy / n};
}

double EpochProgress::samples_per_second() const {
  const double seconds = std::chrono::duration<double>(last_change_ - start_).count();
  return seconds > 0 ? static_cast<double>(samples_) / seconds : 0;
}

void EpochProgress::draw() const {
  const std::size_t filled = bar_width * batches_done_ / std::max<std::size_t>(batches_, 1);
  const std::string bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
  const Score score = mean();
  std::printf("%sepoch %2zu/%zu [%s] loss %.4f  accuracy %.2f %%  %.0f images/s", clear_line,
              epoch_, epochs_, bar.c_str(), score.loss, 100 * score.accuracy, samples_per_second());
  std::fflush(stdout);
}

void EpochProgress::finish(const std::optional<Score>& validation) {
  if (quiet_) return;
  if (drawn_) std::printf("%s", clear_line);
  drawn_ = false;
  const Score score = mean();
  std::printf("epoch %2zu/%zu  loss %.4f  accuracy %.2f %%", epoch_, epochs_, score.loss,
              100 * score.accuracy);
  if (validation)
    std::printf("  validation loss %.4f  accuracy %.2f %%", validation->loss,
                100 * validation->accuracy);
  std::printf("  %.0f images/s\n", samples_per_second());
  std::fflush(stdout);
}

}  // namespace xgrad::examples
