// The gradients of every layer and loss against finite differences, twice: one table, which has to
// name all that nn/*.hpp declare.

#include <filesystem>
#include <fstream>
#include <set>

#include "autograd/gradcheck.hpp"
#include "nn/nn.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

/// Something differentiable, and what it is differentiated by.
struct Row {
  std::string name;  ///< of the class or function in nn/*.hpp
  std::function<Tensor()> call;
  Tensors inputs;
};

Tensor differentiable(const Tensor& t) { return t.detach().requires_grad_(); }

/// Numbers between low and high; next to no kink, by luck of the seed.
Tensor sample(const Shape& shape, double low = -2, double high = 2) {
  return differentiable(low + (high - low) * rand(shape, f64));
}

/// All numbers of the results of recurrent networks and cells.
Tensor joined(const Tensors& results) {
  Tensors flat;
  for (const Tensor& result : results) flat.push_back(reshape(result, {-1}));
  return concatenate(flat);
}
Tensor all_of(const nn::LSTMState& state) { return joined({state.h, state.c}); }
Tensor all_of(const nn::LSTMOutput& y) { return joined({y.output, y.state.h, y.state.c}); }
Tensor all_of(const nn::RecurrentOutput& y) { return joined({y.output, y.state}); }

/// A layer, by its parameters and by x.
template <class Layer>
Row layer(Layer made, const Tensor& x) {
  made.to(float64);
  for (Tensor& parameter : made.parameters()) nn::init::uniform_(parameter, 0.5, 1.5);
  Tensors inputs = made.parameters();
  if (is_floating(x.dtype())) inputs.push_back(x);
  const auto call = [made, x]() mutable {
    manual_seed(1);  // dropout draws the same each time
    if constexpr (std::is_same_v<decltype(made.forward(x)), Tensor>)
      return made(x);
    else
      return all_of(made.forward(x));
  };
  return {made.class_name(), call, inputs};
}

/// A loss, by its input and by its target where that holds floats.
Row loss(const std::string& name, const std::function<Tensor(const Tensor&, const Tensor&)>& f,
         const Tensor& x, const Tensor& target) {
  Tensors inputs{x};
  if (target.requires_grad()) inputs.push_back(target);
  return {name, [=] { return f(x, target); }, inputs};
}

template <class Layer>
Layer evaluating(Layer made) {
  made.eval();
  return made;
}

/// A module of two inputs, of x and of what has another direction.
template <class Layer>
Row of_two(Layer made, const Tensor& x) {
  made.to(float64);
  Tensors inputs = made.parameters();
  inputs.push_back(x);
  return {made.class_name(), [=] { return made.forward(x, sin(3 * x)); }, inputs};
}

Row attention_layer(const Tensor& x) {
  nn::MultiheadAttention made(3, 1);
  made.to(float64);
  Tensors inputs = made.parameters();
  inputs.push_back(x);
  const auto call = [made, x]() mutable {
    const auto [output, weights] = made.forward(x, x, 2 * x);
    return all_of(nn::RecurrentOutput{output, weights});
  };
  return {made.class_name(), call, inputs};
}

std::vector<Row> layer_rows() {
  const Tensor x = sample({4, 3}), sequence = sample({2, 3, 2});
  const Tensor signal = sample({2, 2, 6}), image = sample({2, 2, 4, 5});
  const Tensor words = tensor({{0, 2, 1}, {2, 2, 4}});
  nn::BatchNorm1d seen(3);
  seen(4 * rand({5, 3}));
  nn::StandardScaler scaler;
  scaler.fit(4 * rand({5, 3}));
  return {
      layer(nn::Identity(), x),
      layer(nn::ReLU(), x),
      layer(nn::LeakyReLU(0.25), x),
      layer(nn::ELU(0.5), x),
      layer(nn::Sigmoid(), x),
      layer(nn::Tanh(), x),
      layer(nn::GELU(), x),
      layer(nn::SiLU(), x),
      layer(nn::Softplus(), x),
      layer(nn::Softplus(3), x),
      layer(nn::Softmax(0), x),
      layer(nn::LogSoftmax(), x),
      layer(nn::Flatten(), sequence),
      layer(nn::Linear(3, 2), x),
      layer(nn::Linear(2, 4, {.bias = false}), sequence),
      layer(nn::Dropout(0.4), x),
      layer(evaluating(nn::Dropout(0.4)), x),
      layer(nn::BatchNorm1d(3), x),
      layer(nn::BatchNorm1d(3, {.affine = false, .track_running_stats = false}), x),
      layer(nn::BatchNorm1d(3, {.momentum = {}}), sequence),
      layer(evaluating(seen), x),
      layer(evaluating(seen), sequence),
      layer(nn::LayerNorm(3), x),
      layer(nn::LayerNorm({3, 2}, {.eps = 0.1}), sequence),
      layer(nn::LayerNorm(2, {.elementwise_affine = false}), sequence),
      layer(scaler, x),
      layer(nn::Embedding(5, 3), words),
      layer(nn::Embedding(5, 3, {.padding_idx = 3}), words),
      layer(nn::Unflatten(1, {2, -1}), sample({2, 6})),
      layer(nn::Conv1d(2, 3, 2, {.stride = 2}), signal),
      layer(nn::Conv2d(2, 4, {2, 3}, {.padding = 1, .groups = 2}), image),
      layer(nn::Conv2d(2, 1, 1, {.bias = false}), image),
      layer(nn::ConvTranspose1d(2, 3, 3, {.stride = 2}), signal),
      layer(nn::ConvTranspose2d(2, 2, 2, {.stride = 2, .output_padding = 1}), image),
      layer(nn::MaxPool1d(2), signal),
      layer(nn::MaxPool2d(2, {.stride = 1, .padding = 1}), image),
      layer(nn::AvgPool1d(2), signal),
      layer(nn::AvgPool2d({2, 3}, {.stride = 1, .count_include_pad = false}), image),
      layer(nn::AdaptiveAvgPool2d({2, 3}), image),
      layer(nn::AdaptiveMaxPool2d(2), image),
      layer(nn::Upsample({.scale_factor = 2, .mode = nn::InterpolateMode::bilinear}), image),
      layer(nn::BatchNorm2d(2), image),
      layer(evaluating(nn::BatchNorm2d(2)), image),
      layer(nn::InstanceNorm2d(2, {.affine = true}), image),
      layer(nn::GroupNorm(2, 4), sample({2, 4, 3})),
      layer(nn::Dropout2d(0.4), image),
      attention_layer(x),
      of_two(nn::CosineSimilarity(), x),
      of_two(nn::PairwiseDistance({.p = 3}), x),
      of_two(nn::Bilinear(3, 3, 2), x),
      layer(nn::TransformerEncoderLayer(2, 1, {.dim_feedforward = 3, .dropout = 0.2}), sequence),
      layer(nn::PositionalEncoding(2), sequence),
      layer(nn::LSTM(2, 3, {.num_layers = 2, .dropout = 0.3}), sequence),
      layer(nn::GRU(2, 3, {.batch_first = true, .bidirectional = true}), sequence),
      layer(nn::RNN(2, 3, {.bias = false}), sequence),
      layer(nn::LSTMCell(3, 2), x),
      layer(nn::GRUCell(3, 2), x),
      layer(nn::RNNCell(3, 2, {.nonlinearity = nn::RNNNonlinearity::relu}), x),
      layer(nn::Sequential{nn::Linear(3, 4), nn::BatchNorm1d(4), nn::Tanh(), nn::Linear(4, 2)}, x),
  };
}

std::vector<Row> function_rows() {
  const Tensor x = sample({4, 3}), w = sample({3}), b = sample({3});
  const Tensor table = sample({5, 2}), words = tensor({0, 2, 1, 2});
  const Tensor image = sample({2, 2, 4, 5}), mean = rand({3}, f64), var = mean + 0.5;
  const Tensor std_p = sample({4, 3}, 0.5, 1.5), std_q = sample({3}, 0.5, 1.5);
  return {
      {"dropout", [=] { return manual_seed(1), nn::dropout(x, 0.4); }, {x}},
      {"dropout2d", [=] { return manual_seed(1), nn::dropout2d(image, 0.4); }, {image}},
      {"group_norm", [=] { return nn::group_norm(x, 3, w, b); }, {x, w, b}},
      {"instance_norm",
       [=] { return nn::instance_norm(image, slice(w, 0, 0, 2), slice(b, 0, 0, 2)); },
       {image, w, b}},
      {"cosine_similarity", [=] { return nn::cosine_similarity(table, sin(3 * table)); }, {table}},
      {"pairwise_distance", [=] { return nn::pairwise_distance(table, sin(3 * table)); }, {table}},
      {"scaled_dot_product_attention",
       [=] { return nn::scaled_dot_product_attention(table, 2 * table, table); },
       {table}},
      {"embedding", [=] { return nn::embedding(words, table, -2); }, {table}},
      {"batch_norm", [=] { return nn::batch_norm(x, {}, {}, w, b, true); }, {x, w, b}},
      {"batch_norm", [=] { return nn::batch_norm(x, mean, var, w, b); }, {x, w, b}},
      {"layer_norm", [=] { return nn::layer_norm(x, {3}, w, b); }, {x, w, b}},
      {"layer_norm",
       [=] {
         return nn::layer_norm(x, {4, 3});
       },
       {x}},
      {"normal_log_prob", [=] { return nn::normal_log_prob(x, w, std_q); }, {x, w, std_q}},
      {"normal_log_prob", [=] { return nn::normal_log_prob(x); }, {x}},
      {"kl_normal", [=] { return nn::kl_normal(x, std_p, w, std_q); }, {x, std_p, w, std_q}},
      {"kl_normal", [=] { return nn::kl_normal(x, std_p); }, {x, std_p}},
  };
}

/// The function and the module of a loss, in all reductions.
template <class Module, class Options>
void add(std::vector<Row>& rows, const std::string& name,
         Tensor (*function)(const Tensor&, const Tensor&, const Options&), Options options,
         const Tensor& x, const Tensor& target) {
  for (const auto reduction : {nn::Reduction::none, nn::Reduction::mean, nn::Reduction::sum}) {
    options.reduction = reduction;
    rows.push_back(loss(
        name, [=](const Tensor& a, const Tensor& t) { return function(a, t, options); }, x,
        target));
    Module module(options);
    rows.push_back(loss(
        module.class_name(),
        [module](const Tensor& a, const Tensor& t) mutable { return module(a, t); }, x, target));
  }
}

std::vector<Row> loss_rows() {
  const Tensor x = sample({4, 3}), y = sample({4, 3}), w = sample({3}, 0.5, 1.5).detach();
  const Tensor p = sample({4, 3}, 0.1, 0.9), t = sample({4, 3}, 0.1, 0.9);
  const Tensor log_p = differentiable(log_softmax(x, 1)), q = differentiable(softmax(y, 1));
  const Tensor labels = tensor({2, 0, 1, 0});
  const Tensor signs = where(x > y, 1, -1);

  std::vector<Row> rows;
  for (const Tensor& weight : {Tensor(), w}) {
    add<nn::CrossEntropyLoss, nn::CrossEntropyLossOptions>(
        rows, "cross_entropy", nn::cross_entropy,
        {.weight = weight, .label_smoothing = 0.2, .ignore_index = 1}, x, labels);
    add<nn::CrossEntropyLoss, nn::CrossEntropyLossOptions>(
        rows, "cross_entropy", nn::cross_entropy, {.weight = weight, .label_smoothing = 0.2}, x, q);
    add<nn::NLLLoss, nn::NLLLossOptions>(rows, "nll_loss", nn::nll_loss, {.weight = weight}, log_p,
                                         labels);
    add<nn::BCELoss, nn::BCELossOptions>(rows, "binary_cross_entropy", nn::binary_cross_entropy,
                                         {.weight = weight}, p, t);
    add<nn::BCEWithLogitsLoss, nn::BCEWithLogitsLossOptions>(
        rows, "binary_cross_entropy_with_logits", nn::binary_cross_entropy_with_logits,
        {.weight = weight, .pos_weight = weight}, x, t);
  }
  add<nn::CrossEntropyLoss, nn::CrossEntropyLossOptions>(rows, "cross_entropy", nn::cross_entropy,
                                                         {}, x, labels);
  add<nn::MSELoss, nn::MSELossOptions>(rows, "mse_loss", nn::mse_loss, {}, x, y);
  add<nn::L1Loss, nn::L1LossOptions>(rows, "l1_loss", nn::l1_loss, {}, x, y);
  add<nn::HuberLoss, nn::HuberLossOptions>(rows, "huber_loss", nn::huber_loss, {.delta = 0.7}, x,
                                           y);
  for (const double beta : {0.0, 0.7})
    add<nn::SmoothL1Loss, nn::SmoothL1LossOptions>(rows, "smooth_l1_loss", nn::smooth_l1_loss,
                                                   {.beta = beta}, x, y);
  for (const bool log_target : {false, true})
    add<nn::KLDivLoss, nn::KLDivLossOptions>(rows, "kl_div", nn::kl_div, {.log_target = log_target},
                                             log_p, q);
  add<nn::HingeEmbeddingLoss, nn::HingeEmbeddingLossOptions>(
      rows, "hinge_embedding_loss", nn::hinge_embedding_loss, {.margin = 0.7}, x, signs);
  return rows;
}

std::vector<Row> all_rows() {
  manual_seed(0);
  std::vector<Row> rows = layer_rows();
  for (auto more : {function_rows(), loss_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

TEST(EveryGradient, AgreesWithDifferences) {
  for (const Row& row : all_rows()) {
    const GradcheckReport report = gradcheck(row.call, row.inputs);
    EXPECT_TRUE(report) << row.name << ": " << report;
  }
}

TEST(EveryGradient, AgreesWithDifferencesOnceMoreDifferentiated) {
  for (const Row& row : all_rows()) {
    const GradcheckReport report = gradgradcheck(row.call, row.inputs);
    EXPECT_TRUE(report) << row.name << ": " << report;
  }
}

/// Names of the classes that derive from Module or a base of it, and of the functions that return a
/// Tensor, in nn/*.hpp; not of those in the namespaces detail and init.
std::set<std::string> declared() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(XGRAD_SOURCE_DIR "/nn")) {
    if (entry.path().extension() != ".hpp") continue;
    std::ifstream header(entry.path());
    bool internal = false;
    for (std::string line; std::getline(header, line);) {
      if (line.starts_with("namespace"))
        internal = line.ends_with("detail {") || line.ends_with("init {");
      if (line.starts_with("}  // namespace")) internal = false;
      if (internal) continue;
      const bool derives = line.find(" : public ") != std::string::npos;
      if (line.starts_with("class ") && (derives || !(line.ends_with('{') || line.ends_with(';'))))
        names.insert(line.substr(6, line.find(' ', 6) - 6));
      if (line.starts_with("Tensor ")) names.insert(line.substr(7, line.find('(') - 7));
    }
  }
  return names;
}

TEST(EveryGradient, IsInTheTable) {
  std::set<std::string> rows;
  for (const Row& row : all_rows()) rows.insert(row.name);
  std::set<std::string> names = declared();
  EXPECT_TRUE(names.erase("confusion_matrix")) << "counts, which have no gradient";
  for (const char* base : {"ModuleOf", "ModuleOfLoss"}) EXPECT_TRUE(names.erase(base));
  EXPECT_GE(names.size(), 40U);
  for (const std::string& name : names)
    EXPECT_TRUE(rows.contains(name)) << "the table lacks a row for '" << name << "'";
}

}  // namespace
}  // namespace xgrad::test
