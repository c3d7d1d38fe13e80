#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/error.hpp"
#include "dtype.hpp"
#include "shape.hpp"
#include "storage.hpp"

namespace xgrad {

class Node;
class RowIterator;
class Tensor;
class TensorOrScalar;
struct Index;

/// The last argument of every creator: `zeros({2, 3}, {.dtype = float64})`.
struct TensorOptions {
  /// Defaults to float32; in `tensor`, to the dtype of the literals; in `zeros_like` and the other
  /// `_like` functions, to the dtype of the model; in `arange` and `randint` of integers, to int64.
  std::optional<DType> dtype = {};
  /// Whether backward() accumulates a gradient. GradError is thrown for a dtype of integers.
  bool requires_grad = false;
};

/// A C++ number of any type, which remembers whether it was an integer. It is rounded to floats, as
/// literals are, but never changed to fit integers: comparisons take it as it is; other operations
/// throw ValueError if the tensor's dtype does not hold it.
struct Scalar {
  /// From any C++ number.
  template <class T>
    requires std::is_arithmetic_v<T>
  constexpr Scalar(T v) noexcept  // NOLINT(*-explicit-*)
      : value(static_cast<double>(v)),
        integer(std::is_integral_v<T> ? static_cast<std::int64_t>(v) : 0),
        is_integer(std::is_integral_v<T>) {}

  /// Whether it is an integer above int64's range; `integer` is then less by 2^64.
  constexpr bool exceeds_int64() const noexcept { return is_integer && integer < 0 && value > 0; }

  double value;          ///< rounded, if it is an integer that a double does not hold
  std::int64_t integer;  ///< 0 unless it was one
  bool is_integer;       ///< of C++: bool is one
};

namespace detail {

/// Whether T holds v. If T is an integer, the fraction of v is cut off first.
template <class T, class S>
constexpr bool in_range(S v) noexcept {
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool> || std::is_same_v<S, bool>) {
    return true;
  } else if constexpr (std::is_floating_point_v<S>) {
    // Twice the largest power of two in T is exact in S; the largest value of T may not be.
    constexpr S end = S{2} * static_cast<S>(T{1} << (std::numeric_limits<T>::digits - 1));
    return v < end && (std::is_signed_v<T> ? v >= -end : v > -1);
  } else {
    return static_cast<S>(static_cast<T>(v)) == v && (static_cast<T>(v) > 0) == (v > 0);
  }
}
/// Throws ValueError: the value is not `of` what was expected, which lies from low to high.
[[noreturn]] void throw_outside(const char* op, const Scalar& value, const std::string& of,
                                const Scalar& low, const Scalar& high);
/// static_cast. Throws ValueError if T is an integer that does not hold v.
template <class T, class S>
T cast(const char* op, S v) {
  if (!in_range<T>(v))
    throw_outside(op, v, "within the integers asked for; expected ",
                  std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max());
  return static_cast<T>(v);
}
/// Throws MemoryError for a value of `op` that needs so many bytes.
[[noreturn]] void throw_no_memory(const char* op, const Shape& shape, DType dtype,
                                  std::size_t bytes);

}  // namespace detail

/// Prints the number as it was given.
std::ostream& operator<<(std::ostream& out, const Scalar& number);

/// The function that `register_hook` takes. It gets the gradient and returns a replacement, or an
/// undefined tensor to leave the gradient as it is.
using Hook = std::function<Tensor(const Tensor&)>;

namespace detail {

struct Hooks;
struct HookEntry;

/// What the library itself reaches of a tensor.
/// @{
TensorImpl* get(const Tensor& t) noexcept;  ///< the value behind the handle, or null
TensorImpl& impl(const Tensor& t);          ///< throws ValueError if the tensor is undefined
Tensor attach(TensorImpl* impl) noexcept;   ///< a handle that takes over one reference
/// Moves the values, for all tensors that share them, away from those of reshaped tensors.
inline void unshare(const Tensor& t);
/// Begins every change of the values: unshares, and counts up version().
inline void begin_write(const Tensor& t);
/// Begins every change by the user: begin_write(). Throws GradError unless t is a leaf, and while
/// gradients are recorded if it requires one.
void begin_in_place(const Tensor& t, const char* op);
/// @}

}  // namespace detail

/// What `register_hook` returns.
class HookHandle {
 public:
  HookHandle() noexcept = default;
  /// Removes the hook; does nothing if it or its tensor is gone already.
  void remove();

 private:
  friend class Tensor;
  explicit HookHandle(std::weak_ptr<detail::HookEntry> entry) noexcept : entry_(std::move(entry)) {}
  std::weak_ptr<detail::HookEntry> entry_;
};

/// Options of `backward`.
struct BackwardOptions {
  bool retain_graph = false;  ///< keep the saved values, so that backward can run again
  bool create_graph = false;  ///< record the backward pass too; keeps the saved values as well
};

/// An n-dimensional array that remembers how it was computed.
///
/// A Tensor is a handle: copies refer to the same value, and a default-constructed one refers to
/// none. Values are contiguous, in row-major order. Operations are free functions
/// (autograd/ops.hpp) that return new tensors; none returns a view through which another tensor
/// could be written.
class Tensor {
 public:
  /// @name Handles
  /// @{

  /// Refers to no value, or to that of the other handle.
  Tensor() noexcept = default;
  Tensor(const Tensor& other) noexcept : impl_(other.impl_) { detail::add_reference(impl_); }
  Tensor(Tensor&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Tensor& operator=(const Tensor& other) noexcept {
    Tensor(other).swap(*this);
    return *this;
  }
  Tensor& operator=(Tensor&& other) noexcept {
    Tensor(std::move(other)).swap(*this);
    return *this;
  }
  ~Tensor() { detail::remove_reference(impl_); }
  void swap(Tensor& other) noexcept { std::swap(impl_, other.impl_); }  ///< exchanges the values
  /// @}

  /// @name Queries
  /// All but defined() and is() throw ValueError on an undefined tensor.
  /// @{

  /// Whether the handle refers to a value.
  bool defined() const noexcept { return impl_ != nullptr; }
  /// Whether both are handles of one value.
  bool is(const Tensor& other) const noexcept { return impl_ == other.impl_; }
  const Shape& shape() const;                          ///< the extents, outermost first
  std::size_t ndim() const { return shape().size(); }  ///< number of axes
  /// Extent of one axis; negative axes count from the end. Throws ShapeError if there is none.
  std::size_t size(int axis) const;
  std::size_t numel() const { return shape().numel(); }  ///< number of elements
  DType dtype() const;                                   ///< of the elements
  /// True for a leaf that asked for gradients, and for results recorded from one.
  bool requires_grad() const;
  bool is_leaf() const;  ///< false for the result of a recorded operation
  /// The gradient accumulated by backward(), undefined before the first; it never holds a graph.
  const Tensor& grad() const;
  bool has_grad() const { return grad().defined(); }  ///< whether there is a gradient
  const char* op_name() const;    ///< the operation that recorded this tensor; "" for a leaf
  std::uint32_t version() const;  ///< the number of times the values have been changed in place
  /// @}

  /// @name Values
  /// @{

  /// The only element, as T. Throws ShapeError unless numel() is 1, and ValueError if T is an
  /// integer that does not hold it.
  template <class T>
    requires std::is_arithmetic_v<T>
  T item() const {
    if (numel() != 1) throw_not_single();
    return visit_dtype(dtype(), [&]<class S>(S) {
      return detail::cast<T>("item", *static_cast<const S*>(elements()));
    });
  }
  /// The elements in row-major order, converted to T. Throws ValueError as item().
  template <class T>
    requires std::is_arithmetic_v<T>
  std::vector<T> to_vector() const {
    std::vector<T> values;
    try {
      values.resize(numel());
    } catch (const std::exception&) {  // bad_alloc or length_error
      detail::throw_no_memory("to_vector", shape(), dtype(), numel() * sizeof(T));
    }
    visit_dtype(dtype(), [&]<class S>(S) {
      const S* source = static_cast<const S*>(elements());
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = detail::cast<T>("to_vector", source[i]);
    });
    return values;
  }
  /// The elements in place, row-major, 64-byte aligned. Throws DTypeError unless T is the element
  /// type. Writing through the span does not count up version(): use the in-place functions where a
  /// graph may have saved the value.
  template <Element T>
  std::span<T> data() {
    check_dtype(dtype_of<T>);
    detail::unshare(*this);
    return {static_cast<T*>(elements()), numel()};
  }
  /// The same for reading.
  template <Element T>
  std::span<const T> data() const {
    check_dtype(dtype_of<T>);
    return {static_cast<const T*>(elements()), numel()};
  }
  /// @}

  /// @name Gradient state
  /// @{

  /// Sets whether backward() accumulates a gradient. Throws GradError for a tensor of integers, and
  /// for false on a result.
  Tensor& requires_grad_(bool value = true);
  void zero_grad();  ///< makes the accumulated gradient undefined
  /// Replaces the accumulated gradient. Throws ShapeError or DTypeError unless `gradient` has this
  /// tensor's shape and dtype or is undefined, and ValueError for the tensor itself.
  void set_grad(const Tensor& gradient);
  /// The same values, outside any graph. A change in place of either tensor changes both.
  Tensor detach() const;
  Tensor clone() const;  ///< a copy of the values, recorded: the gradient passes through
  /// Converts to another dtype, recorded between floats; returns the tensor itself if nothing
  /// changes. Conversion to integers is PyTorch's on x86: fractions are cut off, uint8 takes the
  /// integer modulo 2^8, and NaN and what int64 does not hold become -2^63 (in uint8: 0). boolean
  /// is whether the value is not 0.
  Tensor to(DType dtype) const;
  /// Calls f with the gradient of this tensor each time one has been computed. A defined tensor
  /// that f returns replaces the gradient. Hooks of a result end when backward releases its graph;
  /// f may hold this tensor. No other thread may use the tensor meanwhile. Throws GradError unless
  /// requires_grad(), and ValueError for an empty function.
  template <class F>
    requires std::invocable<F&, const Tensor&>
  HookHandle register_hook(F f) const {
    using Result = std::invoke_result_t<F&, const Tensor&>;
    std::function<Result(const Tensor&)> call(std::move(f));
    if constexpr (std::is_void_v<Result>) {
      if (!call) return add_hook(nullptr);
      return add_hook([call = std::move(call)](const Tensor& g) { return call(g), Tensor(); });
    } else {
      return add_hook(std::move(call));
    }
  }
  /// Accumulates d(this)/d(leaf) into the grad() of every leaf this tensor was computed from.
  /// Throws GradError if there is no graph, if an earlier pass released it, if a saved value has
  /// been changed, and unless the tensor has one element.
  void backward(const BackwardOptions& options = {}) const;
  /// The same for a tensor of any shape, given the gradient of the final result with respect to it.
  /// Throws also ShapeError or DTypeError unless the seed has the tensor's shape and dtype.
  void backward(const Tensor& seed, const BackwardOptions& options = {}) const;
  /// @}

  /// @name Indexing
  /// The entries are those of autograd/index.hpp; index and index_put of ops/indexing.hpp say what
  /// they choose. What is chosen is a tensor of its own, and const: `x[0] = y` and `x[0].fill_(1)`,
  /// which would leave x as it is, do not compile. Use index_put_.
  /// @{

  /// X[entry].
  const Tensor operator[](const Index& entry) const;  // NOLINT(*-const-return-*)
  /// X[{entries…}].
  const Tensor operator[](std::initializer_list<Index> entries) const;  // NOLINT(*-const-return-*)
  /// The same for a list that is made at run time.
  const Tensor index(const std::vector<Index>& entries) const;  // NOLINT(*-const-return-*)
  /// From x[0] to the end of the first axis. Throws ShapeError for a 0-d tensor.
  RowIterator begin() const;
  RowIterator end() const;  ///< behind the last row
  /// @}

  /// @name Operations as methods
  /// For chains: `x.exp().sum(1)`.
  /// @{

  /// The free function of this name (autograd/ops.hpp).
  Tensor sum(const Axes& axes = {}, bool keepdims = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdims = false) const;
  Tensor max(const Axes& axes = {}, bool keepdims = false) const;
  Tensor min(const Axes& axes = {}, bool keepdims = false) const;
  Tensor argmax() const;
  Tensor argmax(int axis, bool keepdims = false) const;
  Tensor reshape(const Extents& shape) const;
  Tensor flatten(int start = 0, int end = -1) const;
  Tensor transpose(int a, int b) const;
  Tensor t() const;
  Tensor squeeze(const Axes& axes = {}) const;
  Tensor unsqueeze(int axis) const;
  Tensor exp() const;
  Tensor log() const;
  Tensor sqrt() const;
  Tensor abs() const;
  Tensor pow(Scalar exponent) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor matmul(const Tensor& other) const;
  /// @}

  /// @name In place
  /// Each call counts up version(); backward through a value that was saved before then throws
  /// GradError. Integers of int64 wrap at 2^64. All throw GradError unless the tensor is a leaf,
  /// and for a leaf that requires a gradient unless NoGrad is on; ShapeError unless the argument
  /// broadcasts to the tensor; add_ and sub_ throw DTypeError unless the dtypes are equal;
  /// ValueError is thrown for a number that the dtype does not hold, or a result that uint8 does
  /// not. A boolean tensor takes whether the result is not 0.
  /// @{
  Tensor& copy_(const Tensor& src);                 ///< this <- src, broadcast, converted by to()
  Tensor& fill_(Scalar value);                      ///< this <- value
  Tensor& zero_();                                  ///< this <- 0
  Tensor& add_(const Tensor& t, Scalar alpha = 1);  ///< this <- this + alpha t
  Tensor& sub_(const Tensor& t, Scalar alpha = 1);  ///< this <- this - alpha t
  Tensor& mul_(Scalar factor);                      ///< this <- factor this
  Tensor& div_(Scalar divisor);  ///< this <- this / divisor. Throws DTypeError for integers.
  Tensor& clamp_(Scalar lo, Scalar hi);  ///< this <- clamp(this, lo, hi)
  /// x[entries] <- values, or with `accumulate` x[entries] + values. The values are broadcast and
  /// converted as by copy_. Throws also as index_put.
  Tensor& index_put_(const std::vector<Index>& entries, const TensorOrScalar& values,
                     bool accumulate = false);
  /// @}

 private:
  friend detail::TensorImpl* detail::get(const Tensor& t) noexcept;
  friend detail::TensorImpl& detail::impl(const Tensor& t);
  friend Tensor detail::attach(detail::TensorImpl* impl) noexcept;

  detail::TensorImpl& impl() const {
    if (!impl_) throw_undefined();
    return *impl_;
  }
  [[noreturn]] static void throw_undefined();
  [[noreturn]] void throw_not_single() const;
  void* elements() const noexcept;
  void check_dtype(DType requested) const {
    if (dtype() != requested) [[unlikely]]
      throw_other_dtype(requested);
  }
  [[noreturn]] void throw_other_dtype(DType requested) const;
  HookHandle add_hook(Hook hook) const;

  detail::TensorImpl* impl_ = nullptr;
};

namespace detail {

inline TensorImpl* get(const Tensor& t) noexcept { return t.impl_; }
inline TensorImpl& impl(const Tensor& t) { return t.impl(); }
inline Tensor attach(TensorImpl* impl) noexcept {
  Tensor t;
  t.impl_ = impl;
  return t;
}

/// The value behind Tensors. A result owns the node that recorded it; the node never owns it back.
struct TensorImpl {
  /// Takes over the reference to `s`.
  TensorImpl(const Shape& extents, DType d, Storage* s) noexcept
      : dtype(d), shape(extents), storage(s) {}

  std::atomic<std::uint32_t> refs{1};
  DType dtype;
  bool requires_grad = false;
  /// The tensor has required gradients as a leaf before: a frozen parameter is one still.
  bool is_parameter = false;
  std::atomic<bool> accumulating{false};  ///< a lock: a sweep adds to grad
  Shape shape;
  Storage* storage;  ///< null in a saved shape without values
  Node* node = nullptr;
  Tensor grad;
  Hooks* hooks = nullptr;  ///< of a leaf; those of a result are its node's
  /// The field of a module where another parameter has taken this one's place, as "Linear: weight".
  const char* replaced = nullptr;
};

/// Returns 0 if an extent is 0; else throws ShapeError: the product of the extents is too large.
std::size_t bytes_of_nothing(const char* op, const Shape& shape, DType dtype);
/// A new value over `storage`, whose reference it takes over.
inline TensorImpl* make_impl(const Shape& shape, DType dtype, Storage* storage) {
  return ::new (memory::allocate(sizeof(TensorImpl))) TensorImpl(shape, dtype, storage);
}
/// Bytes of the elements. Throws ShapeError if they are more than a program can address.
inline std::size_t bytes_of(const char* op, const Shape& shape, DType dtype) {
  constexpr std::size_t addressable = std::size_t{1} << 47;
  std::size_t bytes = size_of(dtype);
  bool overflow = false;
  for (std::size_t extent : shape) overflow |= __builtin_mul_overflow(bytes, extent, &bytes);
  return overflow || bytes >= addressable ? bytes_of_nothing(op, shape, dtype) : bytes;
}
/// For calls of a captured step (graph/calls.hpp): `op` has made the storage; elements are read or
/// written by the program, or by what is not noted.
/// @{
void note_storage(Storage& storage, const char* op);
void note_access();
/// @}
/// A tensor whose values are not initialised, of so many bytes.
inline Tensor make_tensor(const char* op, const Shape& shape, DType dtype, std::size_t bytes) {
  Storage* storage = Storage::allocate_or_null(bytes);
  if (!storage) [[unlikely]]
    throw_no_memory(op, shape, dtype, bytes);
  if (mode.calls) [[unlikely]]
    note_storage(*storage, op);
  return attach(make_impl(shape, dtype, storage));
}
/// The same. `op` begins the messages of bytes_of and of MemoryError.
inline Tensor make_tensor(const char* op, const Shape& shape, DType dtype) {
  return make_tensor(op, shape, dtype, bytes_of(op, shape, dtype));
}
/// The same, of the shape and dtype of another one.
inline Tensor make_like(const char* op, const Tensor& model) {
  const TensorImpl& impl = *get(model);
  return make_tensor(op, impl.shape, impl.dtype, impl.storage->bytes);
}
/// Whether no other handle and no graph sees the values, so that they may be overwritten.
inline bool owns_its_values(const Tensor& t) noexcept {
  const TensorImpl& impl = *get(t);
  return impl.refs.load(std::memory_order_acquire) == 1 && !impl.storage->shared() && !impl.node;
}
inline void unshare(const Tensor& t) {
  Storage& storage = *impl(t).storage;
  if (storage.has_other_users()) [[unlikely]]
    storage.move_out();
}
inline void begin_write(const Tensor& t) {
  if (mode.noting) [[unlikely]]
    note_access();
  unshare(t);
  ++get(t)->storage->version;
}
void destroy(TensorImpl* impl) noexcept;

inline void add_reference(TensorImpl* impl) noexcept {
  if (impl) impl->refs.fetch_add(1, std::memory_order_relaxed);
}
inline void remove_reference(TensorImpl* impl) noexcept {
  if (impl && drop_reference(impl->refs)) destroy(impl);
}

}  // namespace detail

inline const Shape& Tensor::shape() const { return impl().shape; }
inline DType Tensor::dtype() const { return impl().dtype; }
inline bool Tensor::requires_grad() const { return impl().requires_grad; }
inline bool Tensor::is_leaf() const { return impl().node == nullptr; }
inline std::uint32_t Tensor::version() const { return impl().storage->version; }
inline void* Tensor::elements() const noexcept {
  if (detail::mode.noting) [[unlikely]]
    detail::note_access();
  return impl_->storage->data();
}

/// A tensor or a number: the argument of arithmetic functions. It refers to the tensor.
class TensorOrScalar {
 public:
  /// From a tensor or any C++ number.
  /// @{
  TensorOrScalar(const Tensor& t) noexcept : tensor_(&t), scalar_(0) {}  // NOLINT(*-explicit-*)
  template <class T>
    requires std::is_arithmetic_v<T>
  TensorOrScalar(T v) noexcept : scalar_(v) {}       // NOLINT(*-explicit-*)
  TensorOrScalar(Scalar v) noexcept : scalar_(v) {}  // NOLINT(*-explicit-*)
  /// @}

  const Tensor* tensor() const noexcept { return tensor_; }  ///< null for a number
  const Scalar& scalar() const noexcept { return scalar_; }  ///< 0 for a tensor

 private:
  const Tensor* tensor_ = nullptr;
  Scalar scalar_;
};

/// The values as PyTorch prints them, with dtype and requires_grad: set_printoptions.
/// @{
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string to_string(const Tensor& tensor);
/// @}

}  // namespace xgrad
