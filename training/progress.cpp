#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../autograd/support/error.hpp"
#include "../autograd/support/str.hpp"

namespace xgrad::training {
namespace {

constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::size_t bar_width = 24;
constexpr const char* clear_line = "\r\033[K";

template <class... Numbers>
std::string format(const char* pattern, Numbers... numbers) {
  std::array<char, 400> text{};  // enough for the largest double
  std::snprintf(text.data(), text.size(), pattern, numbers...);
  return text.data();
}

std::string to_string(const Metric& metric, double value) {
  return "  " + metric.name +
         (metric.percent ? format(" %.2f %%", 100 * value) : format(" %.4f", value));
}

/// 0:05, 12:34, 1:02:03.
std::string duration(double seconds) {
  constexpr double longest = 1e15;  // what an integer holds
  const long long s = std::llround(std::min(seconds, longest));
  return s < 3600 ? format("%lld:%02lld", s / 60, s % 60)
                  : format("%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

/// Columns of a terminal; 0 if that is not known.
std::size_t columns_of(std::FILE* out) {
  winsize size{};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  if (!options_.out)
    throw ValueError("Progress: out is null; expected an open file, or quiet = true with stdout");
  terminal_ = isatty(fileno(options_.out)) == 1;
}

Progress::~Progress() {
  if (drawn_) std::fprintf(options_.out, "\n");
}

void Progress::step(std::size_t samples, const std::vector<Metric>& metrics) {
  for (const Metric& metric : metrics) {
    auto known = std::ranges::find(averages_, metric.name,
                                   [](const auto& entry) { return entry.first.name; });
    if (known == averages_.end()) known = averages_.insert(known, {metric, {}});
    known->second.add(metric.value, static_cast<double>(samples));
  }
  ++steps_;
  samples_ += samples;
  last_step_ = Clock::now();
  if (options_.quiet || !terminal_) return;
  if (last_draw_ && last_step_ - *last_draw_ < redraw_interval) return;
  last_draw_ = last_step_;
  draw();
}

double Progress::mean(std::string_view name) const {
  for (const auto& [metric, average] : averages_)
    if (metric.name == name) return average.mean();
  std::string names;
  for (const auto& entry : averages_) names += (names.empty() ? "" : ", ") + entry.first.name;
  throw ValueError(str("Progress: no metric '", name, "' among [", names,
                       "]; expected one that step() was given"));
}

std::string Progress::means() const {
  std::string text;
  for (const auto& [metric, average] : averages_) text += to_string(metric, average.mean());
  return text;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(last_step_ - start_).count();
}

std::string Progress::rate() const {
  const double rate = seconds() > 0 ? static_cast<double>(samples_) / seconds() : 0;
  return format("  %.0f ", rate) + options_.unit + "/s";
}

void Progress::draw() {
  std::string line = options_.label, end = rate();
  if (options_.total > 0) {
    const std::size_t filled = bar_width * std::min(steps_, options_.total) / options_.total;
    line += " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + ']';
  }
  if (options_.total > steps_) {
    const auto left = static_cast<double>(options_.total - steps_);
    end += "  ETA " + duration(seconds() / static_cast<double>(steps_) * left);
  }
  // A line that wraps could not be redrawn: metrics that do not fit are left out.
  const std::size_t columns = columns_of(options_.out), room = columns > 0 ? columns - 1 : 10000;
  for (const auto& [metric, average] : averages_)
    if (const std::string text = to_string(metric, average.mean());
        line.size() + text.size() + end.size() <= room)
      line += text;
  line = (line + end).substr(0, room);
  std::fprintf(options_.out, "%s%s", clear_line, line.c_str());
  std::fflush(options_.out);
  drawn_ = true;
}

void Progress::finish(const std::vector<Metric>& more) {
  if (options_.quiet) return;
  std::string line = options_.label + means();
  for (const Metric& metric : more) line += to_string(metric, metric.value);
  std::fprintf(options_.out, "%s%s%s\n", drawn_ ? clear_line : "", line.c_str(), rate().c_str());
  std::fflush(options_.out);
  drawn_ = false;
}

}  // namespace xgrad::training
