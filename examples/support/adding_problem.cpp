#include "examples/support/adding_problem.hpp"

#include <cstdint>

#include "autograd/creation.hpp"
#include "autograd/error.hpp"
#include "autograd/ops.hpp"
#include "autograd/support/str.hpp"

namespace xgrad::examples {

data::Batch adding_problem(std::size_t length, std::size_t sequences) {
  if (length < 2) throw ValueError(str("adding problem of length ", length, "; expected >= 2"));
  const auto half = static_cast<std::int64_t>(length / 2), end = static_cast<std::int64_t>(length);
  const Tensor numbers = rand({length, sequences});
  const auto marks = [&](std::int64_t from, std::int64_t to) {
    return t(one_hot(randint(from, to, {sequences}), length));
  };
  const Tensor marked = marks(0, half) + marks(half, end);
  return {.features = stack({numbers, marked}, -1),
          .labels = unsqueeze(sum(numbers * marked, 0), 1)};
}

}  // namespace xgrad::examples
