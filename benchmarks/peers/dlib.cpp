// dlib's networks are types, so there is one for each number of layers.

#include <dlib/dnn.h>

#include <memory>
#include <utility>

#include "peers.hpp"

namespace peers {
namespace {

template <std::size_t layers>
struct Body {
  using type = dlib::fc<1, dlib::relu<typename Body<layers - 1>::type>>;
};
template <>
struct Body<1> {
  using type = dlib::fc<1, dlib::input<dlib::matrix<float>>>;
};

template <std::size_t layers>
using Net = dlib::loss_multiclass_log<typename Body<layers>::type>;

template <std::size_t layers, class Solver>
Steps steps_of(const Problem& problem, const Solver& solver, double rate) {
  auto net = std::make_shared<Net<layers>>();
  // Layer 1 is the last one; ReLU is between two of them.
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (dlib::layer<2 * i + 1>(*net).layer_details().set_num_outputs(
         static_cast<long>(problem.widths[layers - i])),
     ...);
  }(std::make_index_sequence<layers>());

  const std::vector<float> inputs = problem.inputs();
  const auto width = static_cast<long>(problem.widths.front());
  std::vector<dlib::matrix<float>> samples;
  for (std::size_t i = 0; i < problem.batch; ++i)
    samples.emplace_back(dlib::mat(inputs.data() + i * problem.widths.front(), width, 1));
  auto x = std::make_shared<dlib::resizable_tensor>();
  net->to_tensor(samples.begin(), samples.end(), *x);
  const std::vector<std::int64_t> labels = problem.labels();
  const std::vector<unsigned long> y(labels.begin(), labels.end());
  std::vector<Solver> solvers(Net<layers>::num_computational_layers, solver);
  return [=](std::size_t steps) mutable {
    for (std::size_t i = 0; i < steps; ++i) {
      net->compute_parameter_gradients(*x, y.begin());
      net->update_parameters(solvers, rate);
    }
  };
}

template <std::size_t layers>
Steps steps_of(const Problem& problem) {
  if (problem.adam)
    return steps_of<layers>(problem, dlib::adam(0, 0.9F, 0.999F), adam_learning_rate);
  return steps_of<layers>(problem, dlib::sgd(0, momentum), learning_rate);
}

}  // namespace

Steps dlib(const Problem& problem) {
  if (!problem.convolutions.empty()) return nullptr;
  switch (problem.widths.size() - 1) {
    case 2: return steps_of<2>(problem);
    case 3: return steps_of<3>(problem);
    case 4: return steps_of<4>(problem);
    default: return nullptr;
  }
}

}  // namespace peers
