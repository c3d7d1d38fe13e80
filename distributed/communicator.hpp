#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "../autograd/tensor/tensor.hpp"
#include "../nn/module.hpp"

/// @file
/// Training by several processes, each with a part of every batch (data parallelism), over MPI.
/// Link xgrad::distributed, which needs libopenmpi-dev, and start with `mpirun -n 2 program`.

namespace xgrad::distributed {

/// Options of `Communicator::average_gradients`.
struct AverageGradientsOptions {
  /// Gradients travel in buckets of at most so many bytes, or of one parameter. Default: PyTorch's.
  std::size_t bucket_bytes = std::size_t{25} << 20;
};

/// The processes, called ranks, that mpirun has started; without mpirun there is one.
///
///     distributed::Communicator ranks;
///     ranks.broadcast(net);  // all begin as rank 0
///     ranks.average_gradients(net.parameters());
///     …
///       loss.backward();
///       ranks.synchronize();  // grad() is now the mean of all ranks
///       optimizer.step();
///
/// All ranks must call the same functions in the same order; the calls wait for each other. A rank
/// that is killed, or that an exception takes through the end of the communicator's life, ends all
/// others: mpirun says which. So leave the scope of a Communicator by exceptions, not by `return`,
/// when something fails on one rank. Use it from the thread that made it. Source: the interface
/// follows torch.distributed and DistributedDataParallel (Li et al. 2020).
class Communicator {
 public:
  /// Starts MPI unless it runs already. Throws Error if it has ended.
  Communicator();
  /// Waits for the other ranks and ends MPI, if this has started it.
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  std::size_t rank() const noexcept;  ///< of this process, 0 … size() - 1
  std::size_t size() const noexcept;  ///< number of processes

  /// Gives the tensor on all ranks the values that it has on `root`. Throws ShapeError if its shape
  /// or dtype is not the same on all ranks, and ValueError unless root is a rank, on all of them.
  void broadcast(const Tensor& x, std::size_t root = 0) const;
  /// The same for all parameters and buffers of a network.
  void broadcast(const nn::Module& net, std::size_t root = 0) const;

  /// The mean of the ranks' values, of floats, without a gradient. Throws DTypeError for others,
  /// and ShapeError, on all ranks, if the shapes or dtypes are not the same.
  Tensor mean(const Tensor& x) const;
  double mean(double x) const;  ///< the same of a number

  /// From now on each backward() hands the gradients of these leaves on, bucket by bucket from the
  /// last parameter to the first: a bucket's sum over the ranks begins when its gradients are
  /// there, and goes on while backward() computes others. synchronize() has to follow before the
  /// gradients are used, and before the next backward(). A second call replaces the parameters of
  /// the first. Throws DTypeError for a parameter that does not hold floats, GradError for one that
  /// requires no gradient, and ShapeError, on all ranks, if the parameters' shapes or dtypes are
  /// not the same.
  void average_gradients(const std::vector<Tensor>& parameters,
                         const AverageGradientsOptions& options = {});
  /// Waits for the sums. grad() of each parameter becomes the mean, over all ranks, of what it is
  /// after backward() on each, where a rank that has no gradient counts as 0; it stays undefined if
  /// no rank has one. Throws GradError if average_gradients was not called.
  void synchronize();
  /// Number of buckets whose sums have begun since the last synchronize().
  std::size_t begun() const noexcept;

  /// Waits until all ranks have come here.
  void barrier() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xgrad::distributed
