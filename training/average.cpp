#include "average.hpp"

#include <cmath>

#include "../autograd/support/error.hpp"
#include "../autograd/support/message.hpp"

namespace xgrad::training {

void Average::add(double value, double weight) {
  if (!(weight >= 0) || std::isinf(weight))
    throw ValueError(message("Average: the weight of ", value, " is ", weight,
                             "; expected a finite number >= 0"));
  // A weight of 0 makes no difference, not even to an infinite value.
  if (weight == 0) return;
  sum_ += value * weight;
  weight_ += weight;
}

}  // namespace xgrad::training
