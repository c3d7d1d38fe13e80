#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

/// @file
/// Timing of rivals against each other. The machine is shared and noisy, so all of them run in each
/// round, one after the other, and what is compared are the medians over the rounds.

namespace side_by_side {

struct Contestant {
  std::string name;
  std::function<void()> run;
  std::vector<double> nanoseconds = {};  // of one call, a round each

  double median() const {
    std::vector<double> sorted = nanoseconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// Runs `rounds` rounds of `calls` calls of each contestant (after one round to warm up).
inline void race(std::vector<Contestant>& contestants, std::size_t rounds, std::size_t calls) {
  using clock = std::chrono::steady_clock;
  for (std::size_t round = 0; round <= rounds; ++round) {
    for (Contestant& each : contestants) {
      const clock::time_point start = clock::now();
      for (std::size_t i = 0; i < calls; ++i) each.run();
      const std::chrono::duration<double, std::nano> elapsed = clock::now() - start;
      if (round > 0) each.nanoseconds.push_back(elapsed.count() / static_cast<double>(calls));
    }
  }
}

/// Prints each median and its ratio to the first contestant's.
inline void report(const char* title, const std::vector<Contestant>& contestants) {
  std::printf("%s\n", title);
  for (const Contestant& each : contestants)
    std::printf("  %-28s %12.1f ns   x %.3f\n", each.name.c_str(), each.median(),
                each.median() / contestants.front().median());
}

}  // namespace side_by_side
