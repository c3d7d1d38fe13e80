// Trains LeNet-5 (LeCun et al. 1998) on MNIST or Fashion-MNIST, and draws what it has learnt: the
// filters of its first layer, and what its two convolutions make of an image. `lenet --help` lists
// what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "examples/support/classifier_program.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/image_networks.hpp"
#include "examples/support/output_file.hpp"

using namespace xgrad;

namespace {

/// Pictures (N, H, W) in shades of grey, each from its smallest number, black, to its largest,
/// white, brought to 56 × 56 pixels.
Tensor tiles(const Tensor& pictures) {
  const Tensor low = min(pictures, {1, 2}, true), high = max(pictures, {1, 2}, true);
  const Tensor shades = (pictures - low) / maximum(high - low, 1e-12);
  return squeeze(interpolate(unsqueeze(shades, 1), {.size = 56}), 1);
}

/// The filters of the first layer; below them an image and what the first convolution makes of it;
/// below that the second one.
void draw(examples::LeNet& net, const Tensor& image, const std::string& path) {
  NoGrad guard;
  net.eval();
  const std::vector<Tensor> features = net.features(image.to(float32) / 255);
  const std::vector<Tensor> rows = {
      tiles(squeeze(net.conv1.weight, 1)),
      concatenate({tiles(image.to(float32)), tiles(squeeze(features[0], 0))}),
      tiles(squeeze(features[1], 0))};
  std::vector<Tensor> grids;
  for (const Tensor& row : rows) {
    const std::int64_t columns = 8;
    const auto missing = -static_cast<std::int64_t>(row.size(0)) & (columns - 1);
    const Tensor whole = concatenate({row, ones({static_cast<std::size_t>(missing), 56, 56})});
    grids.push_back(data::make_grid(whole, {.nrow = columns, .padding = 4, .pad_value = 1}));
  }
  data::save_png(path, concatenate(grids));
}

}  // namespace

int main(int argc, char** argv) {
  examples::ClassifierOptions options;
  options.model = "lenet";
  options.schedule = "onecycle";
  options.lr = 0.006;
  options.validation_split = 0;
  std::string features;
  CLI::App app("Trains LeNet-5 on MNIST or Fashion-MNIST and draws what it has learnt.", "lenet");
  examples::describe(app, options, false);
  app.add_option("--features", features,
                 "Draw the filters of the first layer, the first test image, and what the two "
                 "convolutions make of it here, as PNG")
      ->type_name("FILE");
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("lenet", [&] {
    if (!features.empty()) examples::check_writable("--features", features);
    return examples::run(options, [&](nn::Module& net, const examples::ClassifierData& data) {
      if (features.empty()) return;
      draw(dynamic_cast<examples::LeNet&>(net), slice(data.test.features, 0, 0, 1), features);
      if (!options.quiet) std::printf("features drawn to %s\n", features.c_str());
    });
  });
}
