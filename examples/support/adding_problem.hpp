#pragma once

#include <cstddef>

#include "data/dataset.hpp"

namespace xgrad::examples {

/// The mean squared error of the answer 1, the mean of all sums: the variance of the sum of two
/// uniform numbers, 2 / 12.
inline constexpr double adding_baseline = 1.0 / 6;

/// The adding problem: x (T, N, 2) are N sequences of T numbers, uniform from 0 to 1, each with a
/// mark beside it that is 1 for one number of the first half and one of the second, else 0; the
/// target (N, 1) is the sum of the two. Errors: ValueError for a length below 2.
/// Source: Hochreiter & Schmidhuber 1997, "Long short-term memory", section 5.4; in this form Le,
/// Jaitly & Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units",
/// section 4.1.
data::Batch adding_problem(std::size_t length, std::size_t sequences);

}  // namespace xgrad::examples
