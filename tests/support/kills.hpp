#pragma once

#include <chrono>
#include <cstdlib>
#include <random>

namespace xgrad::test {

/// How often the tests that kill programs do so: 10 times, or as XGRAD_KILLS says (scripts/soak).
inline int number_of_kills() {
  const char* wanted = std::getenv("XGRAD_KILLS");
  return wanted ? std::atoi(wanted) : 10;
}

/// Random times from 0 to a limit.
class RandomMoments {
 public:
  using Duration = std::chrono::steady_clock::duration;

  explicit RandomMoments(Duration limit) : ticks_(0, limit.count()) {}
  Duration next() { return Duration(ticks_(generator_)); }

 private:
  std::mt19937_64 generator_{7};
  std::uniform_int_distribution<Duration::rep> ticks_;
};

}  // namespace xgrad::test
