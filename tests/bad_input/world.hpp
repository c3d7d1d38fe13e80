#pragma once

#include <map>
#include <string>
#include <typeinfo>
#include <vector>

#include "tests/support/temporary_directory.hpp"
#include "xgrad.hpp"

/// @file
/// The one table of wrong calls. Each row is a call of a public function that must throw, and what
/// the message must say. bad_input_test.cpp runs all of them: nothing may have changed afterwards,
/// and everything must still work.

namespace xgrad::test {

/// A network with parameters, buffers and a random layer.
struct Net : nn::Module {
  nn::Linear hidden{3, 4};
  nn::BatchNorm1d norm{4};
  nn::Dropout dropout{0.5};
  nn::Linear output{4, 2};
  XGRAD_FIELDS(hidden, norm, dropout, output)
  Tensor forward(const Tensor& t) override { return output(dropout(relu(norm(hidden(t))))); }
};

/// A graph with something of everything, in the middle of a training. Two worlds are equal bit for
/// bit.
struct World {
  World();

  /// Everything that can change, by name and bit for bit: values, gradients, versions, graphs,
  /// options, state, files, and the modes and the generator of the thread.
  std::map<std::string, std::string> snapshot() const;
  /// Sweeps the graphs that are there and trains further.
  void use();
  /// The path of a file. Messages are compared with "DIR" in the place of the directory.
  std::string operator/(const std::string& file) const { return files / file; }
  /// What the wrong call is made on: making it, which is right, may have drawn random numbers.
  template <class T>
  T&& right(T&& made) {
    set_rng_state(generator);
    return std::forward<T>(made);
  }

  TemporaryDirectory files;
  Tensor undefined;
  Tensor x;             ///< float64 (2, 3), a leaf with a gradient
  Tensor y;             ///< tanh(x), recorded
  Tensor loss;          ///< of y, a scalar
  Tensor released;      ///< a scalar whose graph has been released
  Tensor a, v;          ///< float64 (2, 3) and (3,), constants
  Tensor f;             ///< float32 (2, 3), a constant
  Tensor i, u, b;       ///< int64, uint8 and boolean (2, 3)
  Tensor rows, labels;  ///< float32 (6, 3) and int64 (6,)
  Tensor images;        ///< float32 (2, 3, 8, 8)
  Tensor sequence;      ///< float32 (4, 2, 3)
  Tensor p;             ///< float64 (2,), a parameter with a gradient
  Net net;
  Net other;
  optim::Adam adam;
  optim::LBFGS lbfgs;
  optim::StepLR schedule;
  optim::ReduceLROnPlateau plateau;
  data::TensorDataset dataset;
  data::DataLoader loader;
  data::Table table;
  nn::StandardScaler scaler;
  training::EarlyStopping stopping;
  training::BestCheckpoint best;
  training::AveragedModel<Net> averaged;
  training::Average average;
  Tensor generator;  ///< the state of the thread's generator
};

/// Texts of options, one of them with another value.
optim::OptionTexts with(optim::OptionTexts texts, const std::string& option,
                        const std::string& value);

/// A call that must throw.
struct WrongCall {
  const char* function;  ///< its name, without xgrad:: but with the class: "nn::Linear::forward"
  const char* text;      ///< of the call
  void (*call)(World& w);
  const std::type_info& type;  ///< of what is thrown, exactly
  /// What the message begins with, and what else it contains: values, and what would be right.
  std::vector<std::string> message;
};

/// The row of a function: the class of the error, the name, the call, and the parts of the message.
#define WRONG(E, function, call, ...) \
  {                                   \
    function, #call,                  \
        [](World& w) {                \
          (void)w;                    \
          call;                       \
        },                            \
        typeid(E), {                  \
      __VA_ARGS__                     \
    }                                 \
  }

/// @name The table, in parts
/// @{
std::vector<WrongCall> tensor_calls();
std::vector<WrongCall> creation_calls();
std::vector<WrongCall> graph_calls();
std::vector<WrongCall> module_calls();
std::vector<WrongCall> layer_calls();
std::vector<WrongCall> image_layer_calls();
std::vector<WrongCall> sequence_layer_calls();
std::vector<WrongCall> loss_calls();
std::vector<WrongCall> optimizer_calls();
std::vector<WrongCall> scheduler_calls();
std::vector<WrongCall> data_calls();
std::vector<WrongCall> training_calls();
/// @}

}  // namespace xgrad::test
