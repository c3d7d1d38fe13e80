// Flowers of three species, read from a CSV file: a table with missing values, a scaler that is
// part of the network, training, and the scores of scikit-learn.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <xgrad.hpp>

using namespace xgrad;

// Writes 60 flowers of each species, around means like those of Fisher's irises.
void write_flowers(const std::string& path) {
  const char* species[] = {"setosa", "versicolor", "virginica"};
  const double length[] = {1.5, 4.3, 5.9}, width[] = {0.2, 1.3, 2.1};
  std::ofstream file(path);
  file << "petal length,petal width,species\n";
  for (std::size_t i = 0; i < 180; ++i) {
    const std::vector<double> noise = randn(2).to_vector<double>();
    if (i == 7)
      file << "NA";
    else
      file << length[i % 3] + 0.2 * noise[0];
    file << ',' << width[i % 3] + 0.1 * noise[1] << ',' << species[i % 3] << '\n';
  }
}

int main() {
  manual_seed(0);
  const std::string path = std::filesystem::temp_directory_path() / "xgrad_user_flowers.csv";
  write_flowers(path);

  data::Table table = data::read_csv(path);
  std::filesystem::remove(path);
  std::cout << table.rows() << " rows, missing: " << table["petal length"].missing() << "\n";
  // prints: 180 rows, missing: 1
  table.fill_missing("petal length", data::Fill::median);
  const data::Column& species = table["species"];
  for (const std::string& name : species.names) std::cout << name << "\n";
  // prints: setosa
  // prints: versicolor
  // prints: virginica

  const data::TensorDataset flowers(table.tensor({"petal length", "petal width"}), species.codes);
  const auto [train, test] = data::random_split(flowers, {0.8, 0.2});
  std::cout << train.size() << " to train, " << test.size() << " to test\n";
  // prints: 144 to train, 36 to test

  nn::StandardScaler scaler;
  scaler.fit(train.take().features);
  nn::Sequential net{scaler, nn::Linear(2, 16), nn::ReLU(), nn::Linear(16, 3)};
  optim::Adam adam(net.parameters(), {.lr = 0.01});
  data::DataLoader batches(train, {.batch_size = 16, .shuffle = true});
  for (int epoch = 0; epoch < 30; ++epoch)
    for (auto& [features, labels] : batches) {
      adam.zero_grad();
      nn::cross_entropy(net(features), labels).backward();
      adam.step();
    }

  net.eval();
  NoGrad guard;
  const auto [features, labels] = test.take();
  const Tensor logits = net(features);
  std::printf("accuracy %.2f, F1 %.2f, ROC AUC %.2f\n", nn::accuracy(logits, labels),
              nn::f1_score(logits, labels), nn::roc_auc(softmax(logits), labels));
  // prints: accuracy 1.00, F1 1.00, ROC AUC 1.00
  std::printf("right: %d\n", sum(argmax(logits, 1) == labels).item<int>());
  // prints: right: 36

  // One more flower, with the categories' names.
  const Tensor guess = argmax(net(tensor({{1.4, 0.3}})), 1);
  std::printf("%s\n", species.names[guess.item<std::size_t>()].c_str());
  // prints: setosa
}
