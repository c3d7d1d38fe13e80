#include "calls.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "../kernels/map.hpp"
#include "../support/str.hpp"
#include "../tensor/tensor.hpp"
#include "observer.hpp"

namespace xgrad::detail {

// ---- what tensors tell

bool keep_for_calls(Storage& storage) noexcept { return mode.calls->keep(storage); }
void note_storage(Storage& storage, const char* op) {
  mode.calls->made(storage, mode.operation ? mode.operation : op);
}
void note_access() { mode.calls->refuse("it reads or writes elements of a tensor"); }

// ---- while the step runs

Calls::~Calls() {
  calls_.clear();
  for (const auto& [storage, made] : made_)
    if (made.dead)
      memory::deallocate(storage, sizeof(Storage) + storage->capacity);
    else if (made.used && ended_)
      storage->release();
}

Tensor Calls::alias(Storage& storage, const Shape& shape, DType dtype) {
  if (const auto made = made_.find(&storage); made != made_.end()) {
    made->second.used = true;
    if (const auto lender = made_.find(storage.lender); lender != made_.end())
      lender->second.used = true;
    return attach(make_impl(shape, dtype, Storage::alias(storage)));
  }
  found_.try_emplace(&storage, Found{storage.values});
  storage.retain();
  return attach(make_impl(shape, dtype, &storage));
}

Tensor Calls::reads(Storage& storage, const Shape& shape, DType dtype) {
  if (const auto made = made_.find(&storage); made != made_.end() && !made->second.written)
    refuse(str("it uses the result of '", made->second.op, "', which cannot be computed again"));
  return alias(storage, shape, dtype);
}

Tensor Calls::reads(const Tensor& t) {
  return t.defined() ? reads(*impl(t).storage, t.shape(), t.dtype()) : Tensor();
}

Tensor Calls::writes(const Tensor& t) {
  Storage& storage = *impl(t).storage;
  Tensor result = alias(storage, t.shape(), t.dtype());
  if (const auto made = made_.find(&storage); made != made_.end())
    made->second.written = true;
  else
    found_.at(&storage).written = true;
  return result;
}

bool Calls::has_written(const Tensor& t) const {
  const auto made = made_.find(impl(t).storage);
  return made != made_.end() && made->second.written;
}

bool Calls::keep(Storage& storage) noexcept {
  const auto made = made_.find(&storage);
  if (made == made_.end()) return false;
  if (made->second.used) return made->second.dead = true;
  made_.erase(made);
  return false;
}

void Calls::refuse(std::string reason) {
  if (refusal_.empty()) refusal_ = std::move(reason);
}

void Calls::touch_gradient(TensorImpl& leaf, bool dropped) {
  const auto [place, first] = leaves_.try_emplace(&leaf);
  if (first) {
    add_reference(&leaf);
    place->second.tensor = attach(&leaf);
    place->second.before = leaf.grad.defined() ? impl(leaf.grad).storage : nullptr;
    place->second.drops_first = dropped;
  }
  place->second.dropped = dropped;
}

void Calls::moved_gradient(TensorImpl& leaf) {
  leaves_.at(&leaf).dropped = false;
  moved_.push_back({leaves_.at(&leaf).tensor, reads(leaf.grad), impl(leaf.grad).storage});
  add([&moved = moved_.back()] {
    if (Tensor& grad = get(moved.leaf)->grad; !grad.is(moved.gradient)) grad = moved.gradient;
  });
}

void Calls::settle() {
  for (auto& [impl, leaf] : leaves_)
    if (std::exchange(leaf.dropped, false))
      add([tensor = leaf.tensor] { get(tensor)->grad = Tensor(); });
}

void Calls::end() {
  settle();
  for (const auto& [storage, made] : made_)
    if (made.used && !made.dead) storage->retain();
  ended_ = true;
  for (Moved& moved : moved_)  // those that the step leaves, so that they outlive the calls
    if (const Tensor& grad = get(moved.leaf)->grad;
        grad.defined() && impl(grad).storage == moved.storage)
      moved.gradient = grad;
  places_.assign(found_.begin(), found_.end());
  for (const auto& [impl, leaf] : leaves_)
    if (!leaf.drops_first) sums_.push_back(leaf);
}

bool Calls::is_in_place() const {
  for (const auto& [storage, found] : places_)
    if (storage->values != found.values || (found.written && storage->has_other_users()))
      return false;
  return std::ranges::all_of(sums_, [](const Leaf& leaf) {
    const Tensor& grad = get(leaf.tensor)->grad;
    return (grad.defined() ? impl(grad).storage : nullptr) == leaf.before;
  });
}

void Calls::run() const {
  const Unobserved guard("capture");
  for (const auto& [storage, found] : places_)
    if (found.written) ++storage->version;
  for (const auto& call : calls_) call();
}

// ---- calls

void note_value(const Tensor& out, std::span<const Tensor* const> in,
                std::function<Tensor(std::span<const Tensor* const>)> value) {
  struct Operands {
    std::vector<Tensor> tensors;
    std::vector<const Tensor*> pointers;
  };
  Calls& calls = *mode.calls;
  Storage& storage = *impl(out).storage;
  const auto operands = std::make_shared<Operands>();
  bool is_new = true, shares = false;  // a storage, or values, with an operand
  for (const Tensor* t : in) {
    operands->tensors.push_back(calls.reads(*t));
    if (!t->defined()) continue;
    is_new = is_new && impl(*t).storage != &storage;
    shares = shares || impl(*t).storage->data() == storage.data();
  }
  for (const Tensor& t : operands->tensors) operands->pointers.push_back(&t);
  if (is_new) calls.made(storage, "");
  const Tensor result = calls.writes(out);
  if (shares) return;
  calls.add([value = std::move(value), operands, result] {
    const Tensor y = value(operands->pointers);
    if (y.shape() != result.shape())
      throw ShapeError(str("capture: a result has shape ", y.shape(), " but had ", result.shape(),
                           " when the step was captured; shapes may depend only on shapes"));
    std::memmove(impl(result).storage->data(), impl(y).storage->data(), impl(y).storage->bytes);
  });
}

void note_map(const Tensor& out, std::span<const View> in, const kernels::RowLoop& loop,
              void (*again)(const kernels::RowLoop& loop, Tensor& out, const View* in)) {
  std::vector<Tensor> operands;
  std::vector<View> views;
  for (const View& view : in) {
    operands.push_back(mode.calls->reads(*view.storage, *view.shape, out.dtype()));
    views.push_back({impl(operands.back()).storage, &impl(operands.back()).shape});
  }
  mode.calls->add([again, loop, views, operands, result = mode.calls->writes(out),
                   f = std::vector<std::byte>(loop.f.begin(), loop.f.end())]() mutable {
    again({f, loop.run, loop.element_size}, result, views.data());
  });
}

Tensor& note_change(Tensor& t, const Tensor& operand,
                    std::function<void(Tensor&, const Tensor&)> change, bool overwrites) {
  if (!mode.noting) return change(t, operand), t;
  Calls& calls = *mode.calls;
  if (impl(t).storage->has_other_users())
    calls.refuse("it changes a tensor in place of which a reshaped one exists");
  {
    const Unnoted guard;
    change(t, operand);
  }
  const Tensor read = calls.reads(operand);
  if (!overwrites) calls.reads(t);
  calls.add([change = std::move(change), t = calls.writes(t), read]() mutable { change(t, read); });
  return t;
}

void note_check(const Tensor& t, std::function<void(const Tensor&)> check) {
  {
    const Unnoted guard;
    check(t);
  }
  if (mode.noting)
    mode.calls->add([check = std::move(check), t = mode.calls->reads(t)] { check(t); });
}

void note_whole(std::function<void()> f) {
  mode.calls->settle();
  {
    const Unnoted guard;
    f();
  }
  mode.calls->add(std::move(f));
}

}  // namespace xgrad::detail
