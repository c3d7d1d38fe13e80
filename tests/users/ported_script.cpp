// A PyTorch training script, ported line by line: two classes of modules, a data loader, an
// optimizer with a schedule, evaluation, and a state that is saved and loaded.

#include <cstdio>
#include <filesystem>
#include <xgrad.hpp>

using namespace xgrad;

struct Block : nn::Module {
  Block(std::size_t in, std::size_t out, double p) : linear(in, out), norm(out), dropout(p) {}
  nn::Linear linear;
  nn::BatchNorm1d norm;
  nn::Dropout dropout;
  XGRAD_FIELDS(linear, norm, dropout)

  Tensor forward(const Tensor& x) override { return dropout(relu(norm(linear(x)))); }
};

struct Classifier : nn::Module {
  std::vector<Block> blocks{{2, 32, 0.1}, {32, 32, 0.1}};
  nn::Linear head{32, 2};
  XGRAD_FIELDS(blocks, head)

  Tensor forward(const Tensor& x) override {
    Tensor h = x;
    for (Block& block : blocks) h = block(h);
    return head(h);
  }
};

double evaluate(Classifier& model, const data::TensorDataset& dataset) {
  NoGrad no_grad;
  model.eval();
  return nn::accuracy(model(dataset.features), dataset.labels);
}

int main() {
  manual_seed(0);
  // Points in the plane; the class is 1 within a ring.
  const Tensor x = 2 * rand({1200, 2}) - 1;
  const Tensor radius = sqrt(square(x).sum(1));
  const Tensor y = (radius > 0.4 && radius < 0.8).to(int64);
  const auto [train, test] = data::train_test_split({x, y}, 200);

  Classifier model;
  optim::AdamW optimizer(model.parameters(), {.lr = 1e-2, .weight_decay = 1e-4});
  optim::StepLR scheduler(optimizer, {.step_size = 20, .gamma = 0.1});
  nn::CrossEntropyLoss criterion;
  data::DataLoader loader(train, {.batch_size = 50, .shuffle = true});
  for (int epoch = 0; epoch < 40; ++epoch) {
    for (auto& [inputs, labels] : loader) {
      optimizer.zero_grad();
      criterion(model(inputs), labels).backward();
      optim::clip_grad_norm_(model.parameters(), 1.0);
      optimizer.step();
    }
    scheduler.step();
  }
  std::printf("lr %.4f, accuracy above 0.9: %s\n", optimizer.param_groups()[0].options.lr,
              evaluate(model, test) > 0.9 ? "yes" : "no");
  // prints: lr 0.0001, accuracy above 0.9: yes

  const std::string path = std::filesystem::temp_directory_path() / "xgrad_user_ported.safetensors";
  nn::save(model, path);
  Classifier restored;
  nn::load(restored, path);
  std::filesystem::remove(path);
  std::printf("%zu parameters, restored: %s\n", restored.num_parameters(),
              evaluate(restored, test) == evaluate(model, test) ? "the same" : "different");
  // prints: 1346 parameters, restored: the same
  for (const auto& [name, value] : restored.state_dict())
    if (name.starts_with("blocks.0.norm")) std::printf("%s\n", name.c_str());
  // prints: blocks.0.norm.bias
  // prints: blocks.0.norm.num_batches_tracked
  // prints: blocks.0.norm.running_mean
  // prints: blocks.0.norm.running_var
  // prints: blocks.0.norm.weight
}
