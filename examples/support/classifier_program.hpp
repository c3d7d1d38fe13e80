#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "autograd/library.hpp"
#include "examples/support/classifier.hpp"

/// @file
/// The program that `mnist` is, and `lenet` with a network of its own: it trains a network that
/// tells the classes of images apart, says how well it does on others, saves, resumes and draws.

namespace xgrad::examples {

/// What the command line says. The values here are its defaults.
struct ClassifierOptions {
  std::string data = fashion_mnist;
  std::string model = "mlp";
  std::vector<std::size_t> hidden{100, 100, 50};
  std::vector<std::size_t> channels;
  bool batch_norm = false;
  double dropout = 0;
  std::string optimizer = "adam";
  std::optional<double> lr;
  std::string schedule = "constant";
  std::optional<double> weight_decay;
  std::size_t shift = 0;
  bool flip = false;
  std::size_t batch_size = 64;
  std::size_t epochs = 10;
  double validation_split = 0.1;
  std::uint64_t seed = 0;
  std::size_t threads = num_threads();
  Files files;
  std::string plot;
  bool distributed = false;
  bool quiet = false;
};

/// Adds these options to a program. It has one, --model, for the network, unless it is to be the
/// one that `options` names.
void describe(CLI::App& app, ClassifierOptions& options, bool choose_model);

/// Trains and tests as the options say, and returns the exit status. Where training was not
/// interrupted, `after` is called with the network at the end. Errors: those of the data and files.
int run(const ClassifierOptions& options,
        const std::function<void(nn::Module& net, const ClassifierData& data)>& after = {});

}  // namespace xgrad::examples
