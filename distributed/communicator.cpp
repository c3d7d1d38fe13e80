#include "communicator.hpp"

#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::distributed {
namespace {

MPI_Datatype type_of(DType dtype) {
  switch (dtype) {
    case DType::float32: return MPI_FLOAT;
    case DType::float64: return MPI_DOUBLE;
    case DType::int64: return MPI_INT64_T;
    default: return MPI_UINT8_T;
  }
}

// MPI counts in int.
int count_of(const char* op, const Tensor& x) {
  expect<ValueError>(x.numel() <= INT_MAX, op, ": a tensor of shape ", x.shape(), " has ",
                     x.numel(), " elements; expected at most ", INT_MAX);
  return static_cast<int>(x.numel());
}

void* elements_of(Tensor& x) {
  return visit_dtype(x.dtype(), [&]<class T>(T) -> void* { return x.data<T>().data(); });
}

std::string describe(const Tensor& x) { return str("shape ", x.shape(), " and dtype ", x.dtype()); }

// Gradients that travel together: the elements of all, each divided by the number of ranks, then
// for each gradient how many ranks have one.
struct Bucket {
  std::vector<std::size_t> parameters = {};
  std::vector<std::size_t> offsets = {};
  std::size_t elements = 0;
  Tensor values = {};
  std::size_t missing = 0;
};

}  // namespace

struct Communicator::State {
  MPI_Comm comm = MPI_COMM_NULL;
  bool started_mpi = false;
  int rank = 0;
  int size = 1;
  int exceptions = std::uncaught_exceptions();

  std::vector<Tensor> parameters = {};
  std::vector<HookHandle> hooks = {};
  std::vector<bool> arrived = {};  // by parameter
  std::vector<Bucket> buckets = {};
  std::vector<MPI_Request> requests = {};
  std::size_t begun = 0;  // buckets whose sums have begun: all ranks begin them in one order

  ~State() {
    for (HookHandle& hook : hooks) hook.remove();
  }

  // Throws ShapeError on all ranks unless all pass the same text.
  void expect_same(const char* op, const std::string& text) const {
    const auto hash = static_cast<std::int64_t>(std::hash<std::string>()(text) >> 1U);
    std::int64_t extremes[] = {hash, -hash};
    MPI_Allreduce(MPI_IN_PLACE, extremes, 2, MPI_INT64_T, MPI_MIN, comm);
    expect<ShapeError>(extremes[0] == -extremes[1], op, ": rank ", rank, " of ", size, " has ",
                       text, ", another rank something else; expected the same on all");
  }

  void begin_ready() {
    while (begun < buckets.size() && buckets[begun].missing == 0) {
      Bucket& bucket = buckets[begun];
      MPI_Iallreduce(MPI_IN_PLACE, elements_of(bucket.values),
                     count_of("average_gradients", bucket.values), type_of(bucket.values.dtype()),
                     MPI_SUM, comm, &requests[begun++]);
    }
    // MPI moves data only while it is called.
    int done = 0;
    MPI_Testall(static_cast<int>(begun), requests.data(), &done, MPI_STATUSES_IGNORE);
  }

  // Fills the place of a parameter in its bucket: g, or nothing if this rank has none, beside what
  // grad() holds from earlier passes.
  void put(Bucket& bucket, std::size_t slot, const Tensor& g) {
    const Tensor& grad = parameters[bucket.parameters[slot]].grad();
    visit_floating(bucket.values.dtype(), [&]<class T>(T) {
      T* const values = bucket.values.data<T>().data();
      T* const target = values + bucket.offsets[slot];
      const T share = T{1} / static_cast<T>(size);
      if (g.defined() && grad.defined())
        std::ranges::transform(g.data<T>(), grad.data<T>(), target,
                               [=](T a, T b) { return (a + b) * share; });
      else if (g.defined() || grad.defined())
        std::ranges::transform((g.defined() ? g : grad).data<T>(), target,
                               [=](T a) { return a * share; });
      else
        std::fill_n(target, parameters[bucket.parameters[slot]].numel(), T{0});
      values[bucket.elements + slot] = g.defined() || grad.defined() ? T{1} : T{0};
    });
    arrived[bucket.parameters[slot]] = true;
    --bucket.missing;
  }

  void receive(std::size_t bucket, std::size_t slot, const Tensor& g) {
    expect<GradError>(!arrived[buckets[bucket].parameters[slot]],
                      "average_gradients: a second backward() has reached the parameter of shape ",
                      g.shape(), "; call synchronize() after each backward()");
    put(buckets[bucket], slot, g);
    begin_ready();
  }
};

Communicator::Communicator() : state_(std::make_unique<State>()) {
  int running = 0, ended = 0;
  MPI_Initialized(&running);
  MPI_Finalized(&ended);
  expect<Error>(!ended,
                "Communicator: MPI has ended, with the first Communicator or by "
                "MPI_Finalize, and cannot start again; keep one for the whole program");
  if (!running) {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  }
  state_->started_mpi = !running;
  MPI_Comm_dup(MPI_COMM_WORLD, &state_->comm);
  MPI_Comm_rank(state_->comm, &state_->rank);
  MPI_Comm_size(state_->comm, &state_->size);
}

Communicator::~Communicator() {
  if (std::uncaught_exceptions() > state_->exceptions) {
    // The others may wait for this rank for ever, and MPI_Finalize for them. mpirun ends them when
    // this process ends without it.
    std::fprintf(stderr, "xgrad: rank %d of %d fails; mpirun ends the others\n", state_->rank,
                 state_->size);
    return;
  }
  MPI_Comm_free(&state_->comm);
  if (state_->started_mpi) MPI_Finalize();
}

std::size_t Communicator::rank() const noexcept { return static_cast<std::size_t>(state_->rank); }
std::size_t Communicator::size() const noexcept { return static_cast<std::size_t>(state_->size); }
std::size_t Communicator::begun() const noexcept { return state_->begun; }
void Communicator::barrier() const { MPI_Barrier(state_->comm); }

void Communicator::broadcast(const Tensor& x, std::size_t root) const {
  constexpr const char* op = "broadcast";
  expect_defined(op, "x", x);
  expect<ValueError>(root < size(), op, ": root is ", root, "; expected a rank, 0 to ", size() - 1);
  state_->expect_same(op, describe(x));
  const NoGrad guard;
  Tensor values = x.detach().clone();
  MPI_Bcast(elements_of(values), count_of(op, x), type_of(x.dtype()), static_cast<int>(root),
            state_->comm);
  if (rank() != root) Tensor(x).copy_(values);
}

void Communicator::broadcast(const nn::Module& net, std::size_t root) const {
  for (const Tensor& parameter : net.parameters()) broadcast(parameter, root);
  for (const auto& [name, buffer] : net.named_buffers()) broadcast(buffer, root);
}

Tensor Communicator::mean(const Tensor& x) const {
  constexpr const char* op = "mean";
  expect_floating(op, "x", x);
  state_->expect_same(op, describe(x));
  const NoGrad guard;
  Tensor values = x.detach().clone();
  MPI_Allreduce(MPI_IN_PLACE, elements_of(values), count_of(op, x), type_of(x.dtype()), MPI_SUM,
                state_->comm);
  return values / static_cast<double>(size());
}

double Communicator::mean(double x) const {
  return mean(tensor(x, {.dtype = float64})).item<double>();
}

void Communicator::average_gradients(const std::vector<Tensor>& parameters,
                                     const AverageGradientsOptions& options) {
  constexpr const char* op = "average_gradients";
  std::string all = str(parameters.size(), " parameters");
  for (const Tensor& p : parameters) {
    expect_floating(op, "parameter", p);
    expect<GradError>(p.requires_grad() && p.is_leaf(), op, ": a tensor of shape ", p.shape(),
                      " is not a leaf that requires a gradient; expected parameters");
    all += ", " + describe(p);
  }
  state_->expect_same(op, all);
  for (HookHandle& hook : state_->hooks) hook.remove();
  state_->hooks.clear();
  state_->parameters = parameters;
  state_->arrived.assign(parameters.size(), false);
  state_->buckets.clear();
  state_->begun = 0;

  for (std::size_t i = parameters.size(); i-- > 0;) {
    const Tensor& p = parameters[i];
    const bool begins = [&] {
      if (state_->buckets.empty()) return true;
      const Bucket& last = state_->buckets.back();
      const std::size_t bytes = (last.elements + p.numel()) * size_of(p.dtype());
      return parameters[last.parameters[0]].dtype() != p.dtype() || bytes > options.bucket_bytes;
    }();
    if (begins) state_->buckets.emplace_back();
    Bucket& bucket = state_->buckets.back();
    bucket.parameters.push_back(i);
    bucket.offsets.push_back(std::exchange(bucket.elements, bucket.elements + p.numel()));
    state_->hooks.push_back(p.register_hook(
        [state = state_.get(), b = state_->buckets.size() - 1,
         slot = bucket.parameters.size() - 1](const Tensor& g) { state->receive(b, slot, g); }));
  }
  for (Bucket& bucket : state_->buckets) {
    bucket.missing = bucket.parameters.size();
    bucket.values = zeros({bucket.elements + bucket.missing},
                          {.dtype = parameters[bucket.parameters[0]].dtype()});
  }
  state_->requests.assign(state_->buckets.size(), MPI_REQUEST_NULL);
}

void Communicator::synchronize() {
  expect<GradError>(!state_->buckets.empty(),
                    "synchronize: no gradients are averaged; call average_gradients() first");
  for (Bucket& bucket : state_->buckets)
    for (std::size_t slot = 0; slot < bucket.parameters.size(); ++slot)
      if (!state_->arrived[bucket.parameters[slot]]) state_->put(bucket, slot, {});
  state_->begin_ready();
  MPI_Waitall(static_cast<int>(state_->requests.size()), state_->requests.data(),
              MPI_STATUSES_IGNORE);
  const NoGrad guard;
  for (Bucket& bucket : state_->buckets) {
    const auto part = [&](std::size_t begin, std::size_t count) {
      return slice(bucket.values, 0, static_cast<std::int64_t>(begin),
                   static_cast<std::int64_t>(begin + count));
    };
    const std::size_t count = bucket.parameters.size();
    const std::vector<double> sharing = part(bucket.elements, count).to_vector<double>();
    for (std::size_t slot = 0; slot < count; ++slot) {
      if (sharing[slot] == 0) continue;  // no rank has a gradient
      Tensor& p = state_->parameters[bucket.parameters[slot]];
      p.set_grad(reshape(part(bucket.offsets[slot], p.numel()), p.shape()));
    }
    bucket.missing = count;
  }
  state_->arrived.assign(state_->arrived.size(), false);
  state_->begun = 0;
}

}  // namespace xgrad::distributed
