#include <utility>

#include "../limited_memory.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

constexpr std::size_t memory_size = 10;

/// L-BFGS (Liu & Nocedal 1989, On the limited memory BFGS method for large scale optimization).
class LimitedBfgs final : public Descent {
 public:
  Vector direction(const Point& p) override { return memory_.direction(p.g); }
  double first_step(const Point&, const Vector& d, const Point*) const override {
    return memory_.pairs().empty() ? 1 / norm(d) : 1;
  }
  WolfeOptions wolfe(const Point&, const Vector&) const override {
    return {.c1 = 1e-3, .interval = 0.1, .max_evaluations = 20};
  }
  void update(const Point& from, const Point& to) override {
    if (auto pair = step_pair(from, to)) memory_.push(std::move(pair->s), std::move(pair->y));
  }
  bool forget() override {
    return !std::exchange(memory_, LimitedMemory<double>(memory_size)).pairs().empty();
  }

 private:
  LimitedMemory<double> memory_{memory_size};
};

}  // namespace

std::unique_ptr<Descent> l_bfgs() { return std::make_unique<LimitedBfgs>(); }

}  // namespace xgrad::optim::detail
