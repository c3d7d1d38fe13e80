#pragma once

namespace xgrad::nn {

/// What becomes of the losses of the single elements (for classes, samples): they are left as they
/// are, averaged or added up. `batchmean`, for kl_div alone, divides the sum by the first extent.
enum class Reduction { none, mean, sum, batchmean };

}  // namespace xgrad::nn
