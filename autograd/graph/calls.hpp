#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../tensor/tensor.hpp"
#include "grad_mode.hpp"

/// @file
/// The calls that one step consists of, noted while it runs, so that `capture` (graph/capture.hpp)
/// can make them again over the same memory.
///
/// While `mode.noting` is on, all that computes values notes itself: elementwise operations in
/// op/apply.hpp, structural ones in op/operation.hpp, and what writes to tensors that exist. What
/// does not is found out: each storage that is made meanwhile is known, and a call that reads one
/// which no call has written, or a program that reads elements, is a reason to refuse.

namespace xgrad::kernels {
struct RowLoop;
}

namespace xgrad::detail {

/// While alive, nothing is noted: the insides of a call.
struct Unnoted : private Restored<Mode> {
  Unnoted() noexcept : Restored(mode) { mode.noting = mode.launching = false; }
};

class Calls {
 public:
  Calls() = default;
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// @name While the step runs
  /// @{
  void add(std::function<void()> call) { calls_.push_back(std::move(call)); }
  /// The values of a storage, for a call to read or to write. A tensor that the step has made is
  /// not held by this: nothing in the step may depend on whether it is noted.
  Tensor reads(Storage& storage, const Shape& shape, DType dtype);
  Tensor reads(const Tensor& t);
  Tensor writes(const Tensor& t);
  /// Whether a call writes t, which the step has made.
  bool has_written(const Tensor& t) const;
  void made(Storage& storage, const char* op) { made_.try_emplace(&storage, Made{op}); }
  /// Whether a call uses the storage, whose last reference has gone: then its memory stays.
  bool keep(Storage& storage) noexcept;
  /// Says why the step cannot be repeated; the first reason is kept.
  void refuse(std::string reason);
  /// The gradient of the leaf is about to be added to or, first, to be dropped.
  void touch_gradient(TensorImpl& leaf, bool dropped = false);
  /// The leaf has had none and now has the gradient that it has.
  void moved_gradient(TensorImpl& leaf);
  /// Notes that the gradients which were dropped and have not come again are undefined now.
  void settle();
  /// Takes hold of what the calls use.
  void end();
  /// @}

  /// Why the step cannot be repeated; empty if it can.
  const std::string& refusal() const noexcept { return refusal_; }
  /// Whether all that the calls use is where it was, and gradients that the step adds to too.
  bool is_in_place() const;
  /// Makes the calls again.
  void run() const;

 private:
  struct Made {  // in the step
    const char* op;
    bool written = false, used = false, dead = false;
  };
  struct Found {
    const void* values;
    bool written = false;
  };
  struct Leaf {
    Tensor tensor;
    const Storage* before = nullptr;  // its gradient's
    bool drops_first = false;         // so that the gradient before does not matter
    bool dropped = false;
  };
  struct Moved {
    Tensor leaf, gradient;
    const Storage* storage;  // of the gradient
  };
  Tensor alias(Storage& storage, const Shape& shape, DType dtype);

  std::vector<std::function<void()>> calls_;
  bool ended_ = false;
  std::unordered_map<Storage*, Made> made_;
  std::unordered_map<Storage*, Found> found_;
  std::unordered_map<TensorImpl*, Leaf> leaves_;
  // After the end, what is_in_place() looks at.
  std::vector<std::pair<Storage*, Found>> places_;
  std::vector<Leaf> sums_;
  std::deque<Moved> moved_;
  std::string refusal_;
};

/// Calls kernel(out, in…), which writes `out`, as one call.
template <class Kernel, std::same_as<Tensor>... In>
void launch(Tensor& out, const Kernel& kernel, const In&... in) {
  kernel(out, in...);
  if (mode.launching) [[unlikely]]
    mode.calls->add([kernel, ... x = mode.calls->reads(in), y = mode.calls->writes(out)]() mutable {
      kernel(y, x...);
    });
}
/// Notes that `out` is value(in), which has been computed just now.
void note_value(const Tensor& out, std::span<const Tensor* const> in,
                std::function<Tensor(std::span<const Tensor* const>)> value);
/// The values and shape of an operand, of which the caller keeps hold.
struct View {
  Storage* storage = nullptr;
  const Shape* shape = nullptr;
};
/// Notes that an elementwise loop has computed `out` from `in`: again(loop, out, in), for a copy of
/// the loop's function.
void note_map(const Tensor& out, std::span<const View> in, const kernels::RowLoop& loop,
              void (*again)(const kernels::RowLoop& loop, Tensor& out, const View* in));
/// Calls change(t, operand), which writes to t; as one call if calls are noted. The operand may be
/// undefined; the values of t are not read if it `overwrites` them.
Tensor& note_change(Tensor& t, const Tensor& operand,
                    std::function<void(Tensor& t, const Tensor& operand)> change,
                    bool overwrites = false);
/// Calls check(t), which reads the values of t, likewise.
void note_check(const Tensor& t, std::function<void(const Tensor& t)> check);
/// Calls f as one call, which looks up all that it reads and writes anew each time.
void note_whole(std::function<void()> f);

}  // namespace xgrad::detail
