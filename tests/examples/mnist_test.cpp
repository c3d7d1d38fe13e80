// Runs the program examples/mnist as a user does, on small files of its own.

#include <pty.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include "autograd/safetensors.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class Mnist : public ::testing::Test {
 protected:
  void SetUp() override {
    write_mnist(data_.path());
    // The test images come in compressed files.
    for (const char* name : {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
      write_gzip((data_ / name) + ".gz", read_file(data_ / name));
      std::filesystem::remove(data_ / name);
    }
  }

  Outcome run(const Arguments& arguments) const { return program_.run(arguments); }

  /// Expects status 1, this on stderr, no network and no figure.
  void expect_refused(const Arguments& arguments, const std::string& expected) const {
    Arguments all{"--epochs", "1", "--save", outputs_ / "net.safetensors"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    program_.expect_refused(all, {expected});
    EXPECT_TRUE(std::filesystem::is_empty(outputs_.path())) << expected;
  }

  TemporaryDirectory data_, outputs_;
  Program program_{XGRAD_MNIST_PROGRAM, {"--data", data_.path()}};
  std::string net_ = outputs_ / "net.safetensors";
  std::string train_images_ = data_ / "train-images-idx3-ubyte";
  std::string train_labels_ = data_ / "train-labels-idx1-ubyte";
};

TEST_F(Mnist, TrainsAndReports) {
  const std::string out = program_.output({"--epochs", "12", "--batch-size", "10"});
  expect_contains(out, {"36-100-100-50-10: 19360 parameters; 180 training, 20 validation "
                        "and 100 test images\n",
                        "\nepoch  1/12  loss ", "\nepoch 12/12  loss "});
  EXPECT_FALSE(contains(out, "\r"));
  EXPECT_GE(number_after(out, "test accuracy: "), 99);
  EXPECT_LT(number_after(out, "test loss: "), 0.1);
  expect_contains(out, {"confusion matrix (rows: true class, columns: predicted"});
}

TEST_F(Mnist, QuietPrintsTheTestResultsOnly) {
  const Outcome outcome = run({"--epochs", "1", "--quiet"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.find("test loss: "), 0U);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
}

TEST_F(Mnist, EveryModelAndOptimizerLearns) {
  for (const char* optimizer : {"sgd", "momentum", "nesterov", "adam", "adamw"})
    for (const char* model : {"mlp", "bn", "softmax"}) {
      Arguments arguments{"--optimizer",
                          optimizer,
                          "--model",
                          model,
                          "--lr",
                          std::string(optimizer).starts_with("adam") ? "0.02" : "0.1",
                          "--epochs",
                          "15",
                          "--batch-size",
                          "20",
                          "--validation-split",
                          "0"};
      if (std::string(model) != "softmax") arguments.insert(arguments.end(), {"--hidden", "20"});
      const Outcome outcome = run(arguments);
      EXPECT_EQ(outcome.status, 0) << outcome.err;
      EXPECT_GE(number_after(outcome.out, "test accuracy: "), 95) << optimizer << ' ' << model;
      EXPECT_FALSE(contains(outcome.out, "validation loss"));
    }
}

#ifdef XGRAD_MPIRUN
// Two processes with half of each batch end with the network of one.
TEST_F(Mnist, ProcessesShareBatches) {
  const auto network_of = [&](const std::string& processes, const std::string& name) {
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    const std::string net = outputs_ / (name + ".safetensors");
    const Outcome outcome =
        test::run(XGRAD_MPIRUN, {"--oversubscribe", "-n", processes, XGRAD_MNIST_PROGRAM, "--data",
                                 data_.path(), "--distributed", "--epochs", "3", "--batch-size",
                                 "20", "--threads", "1", "--save", net, "--checkpoint", net + "1"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out.find("test loss: "), outcome.out.rfind("test loss: "));
    return load_safetensors(net).tensors;
  };
  const auto together = network_of("2", "together"), alone = network_of("1", "alone");
  for (const auto& [name, values] : together)
    EXPECT_TRUE(allclose(values, alone.at(name), 1e-3, 1e-4)) << name;
  const Outcome refused =
      test::run(XGRAD_MPIRUN, {"--oversubscribe", "-n", "2", XGRAD_MNIST_PROGRAM, "--data",
                               data_.path(), "--distributed", "--batch-size", "5"});
  EXPECT_NE(refused.status, 0);
  expect_contains(refused.err, {"--batch-size 5 cannot be shared by 2 processes"});
}
#endif

TEST_F(Mnist, SavedNetworkGivesTheSameResultsWhenLoaded) {
  const Outcome trained = run({"--epochs", "3", "--save", net_, "--quiet"});
  EXPECT_EQ(trained.status, 0) << trained.err;
  const Outcome loaded = run({"--epochs", "0", "--load", net_, "--quiet", "--seed", "5"});
  EXPECT_EQ(loaded.status, 0) << loaded.err;
  EXPECT_EQ(loaded.out, trained.out);
}

TEST_F(Mnist, SavedBatchNormalisationGivesTheSameResultsWhenLoaded) {
  const Arguments bn{"--model", "bn", "--hidden", "20,20", "--quiet"};
  const auto with_bn = [&](Arguments arguments) {
    arguments.insert(arguments.begin(), bn.begin(), bn.end());
    return run(arguments);
  };
  const Outcome trained = with_bn({"--epochs", "3", "--save", net_});
  EXPECT_EQ(trained.status, 0) << trained.err;
  expect_contains(read_file(net_), {"norms.1.running_mean"});
  EXPECT_EQ(with_bn({"--epochs", "0", "--load", net_}).out, trained.out);
  const Outcome other = run({"--hidden", "20,20", "--epochs", "0", "--load", net_});
  EXPECT_EQ(other.status, 1);
  expect_contains(other.err, {"norms.0.weight"});
}

TEST_F(Mnist, EveryTechniqueChangesTheTraining) {
  const auto result = [&](Arguments arguments) {
    arguments.insert(arguments.begin(), {"--epochs", "4", "--batch-size", "20", "--hidden", "20",
                                         "--lr", "0.01", "--quiet"});
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_GE(number_after(outcome.out, "test accuracy: "), 20);
    return outcome.out;
  };
  const std::string plain = result({});
  EXPECT_EQ(plain, result({"--dropout", "0", "--weight-decay", "0", "--shift", "0", "--schedule",
                           "constant"}));
  for (const Arguments& technique : std::vector<Arguments>{{"--dropout", "0.2"},
                                                           {"--weight-decay", "0.01"},
                                                           {"--shift", "1"},
                                                           {"--schedule", "cosine"},
                                                           {"--schedule", "step"},
                                                           {"--schedule", "onecycle"},
                                                           {"--optimizer", "adamw"}}) {
    EXPECT_NE(result(technique), plain) << technique.front() << ' ' << technique.back();
    EXPECT_EQ(result(technique), result(technique)) << technique.front();
  }
  for (const char* schedule : {"cosine", "step", "onecycle"})
    EXPECT_EQ(run({"--epochs", "0", "--schedule", schedule}).status, 0) << schedule;
}

TEST_F(Mnist, OneSeedGivesTheSameWeightsBitForBit) {
  const auto weights = [&](const std::string& seed, const std::string& threads) {
    const std::string path = outputs_ / ("net" + seed + threads);
    EXPECT_EQ(run({"--epochs", "2", "--seed", seed, "--threads", threads, "--save", path}).status,
              0);
    const std::string bytes = read_file(path);
    EXPECT_GT(bytes.size(), 4U * 19360U);
    return bytes;
  };
  for (const char* threads : {"1", "2"}) EXPECT_EQ(weights("1", threads), weights("1", threads));
  EXPECT_NE(weights("1", "1"), weights("2", "1"));
}

TEST_F(Mnist, InterruptedItSavesAndEnds) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::filesystem::remove(net_);
    Process process(XGRAD_MNIST_PROGRAM,
                    program_.with_all({"--epochs", "100000000", "--save", net_}));
    ASSERT_TRUE(process.started());
    while (process.running() && !contains(process.out(), "epoch  2/"))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process.send(signal);
    EXPECT_EQ(process.wait(), 128 + signal);
    expect_contains(process.out(), {"interrupted in epoch "});
    EXPECT_FALSE(contains(process.out(), "test accuracy"));
    EXPECT_EQ(run({"--epochs", "0", "--load", net_}).status, 0);
  }
}

TEST_F(Mnist, BarOnATerminal) {
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) GTEST_SKIP() << "needs a pseudo-terminal: " << std::strerror(errno);
  if (child == 0) {
    execl(XGRAD_MNIST_PROGRAM, "mnist", "--data", data_.path().c_str(), "--epochs", "2", nullptr);
    _exit(127);
  }
  std::string out;
  char block[4096];
  for (ssize_t n = 0; (n = read(terminal, block, sizeof block)) > 0;)
    out.append(block, static_cast<std::size_t>(n));
  close(terminal);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  expect_contains(out, {"\r\033[Kepoch  1/2 [", "\r\033[Kepoch  2/2  loss "});
}

TEST_F(Mnist, RefusesBrokenData) {
  const std::string images = read_file(train_images_);
  const std::string labels = read_file(train_labels_);

  write_file(train_images_, images.substr(0, 1000));
  expect_refused({}, "mnist: load_idx: " + train_images_ +
                         ": truncated: expected 7200 bytes for shape (200, 6, 6) at offset 16, "
                         "found 984");
  std::string wrong_number = images;
  wrong_number[3] = 1;
  write_file(train_images_, wrong_number);
  expect_refused({}, "mnist: load_idx: " + train_images_ + ": too long: expected 200 bytes");
  wrong_number[0] = 8;
  write_file(train_images_, wrong_number);
  expect_refused({},
                 "mnist: load_idx: " + train_images_ + ": magic number 08 00 08 01 at offset 0");
  write_gzip(train_images_, images);
  write_file(train_images_, read_file(train_images_).substr(0, 500));
  expect_refused({}, "mnist: load_idx: " + train_images_ +
                         ": corrupt or truncated gzip data before offset 500 of the file");
  std::filesystem::remove(train_images_);
  expect_refused({}, "mnist: load_mnist: missing file: neither " + train_images_);
  write_mnist_part(data_.path(), "train", 200, 5, 1);
  expect_refused({}, "training images (200, 5, 5) and test images (100, 6, 6)");
  write_mnist_part(data_.path(), "train", 0, 6, 1);
  expect_refused({}, "training images (0, 6, 6) and test images (100, 6, 6)");

  write_file(train_images_, images);
  expect_refused({}, "mnist: load_mnist: " + train_images_ + " holds 200 images, " + train_labels_ +
                         " 0 labels");
  std::string wrong_label = labels;
  wrong_label[8 + 150] = 77;
  write_file(train_labels_, wrong_label);
  expect_refused({}, "mnist: load_mnist: " + train_labels_ +
                         ": label 77 at index 150 is outside the classes 0 to 9");
  std::filesystem::remove_all(data_.path());
  expect_refused({}, "mnist: load_mnist: " + data_.path() + " is not a directory");
}

TEST_F(Mnist, RefusesOtherNetworks) {
  const std::string other = data_ / "other.safetensors";
  ASSERT_EQ(run({"--epochs", "0", "--hidden", "30", "--save", other}).status, 0);
  // Two hidden layers against one: a parameter that is missing; 31 units against 30: a shape.
  expect_refused({"--hidden", "30,30", "--load", other}, "layers.2.weight");
  expect_refused({"--hidden", "31", "--load", other}, "layers.0.weight");
  expect_refused({"--hidden", "31", "--load", other}, "(30, 36)");
  expect_refused({"--hidden", "31", "--load", other}, "(31, 36)");
  expect_refused({"--load", data_ / "none"}, data_ / "none");
  const std::string whole = read_file(other);
  write_file(other, whole.substr(0, whole.size() - 3));
  expect_refused({"--hidden", "30", "--load", other}, other);
}

TEST_F(Mnist, RefusesOutputThatCannotBeWrittenBeforeItTrains) {
  const auto refused_at_once = [&](const Arguments& arguments, const std::string& expected) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "mnist: " + expected + "\n");
  };
  const std::string nowhere = outputs_ / "no";
  refused_at_once({"--save", nowhere + "/net"},
                  "--save " + nowhere + "/net: " + nowhere + " is not a directory");
  refused_at_once({"--save", outputs_.path()}, "--save " + outputs_.path() + " is not a file");
  refused_at_once({"--plot", nowhere + "/a.svg"},
                  "--plot " + nowhere + "/a.svg: " + nowhere + " is not a directory");
  refused_at_once({"--plot", outputs_ / "a.jpg"},
                  "--plot " + (outputs_ / "a.jpg") + ": expected a name that ends in .svg or .png");
  EXPECT_TRUE(std::filesystem::is_empty(outputs_.path()));
}

TEST_F(Mnist, RefusesBadArguments) {
  expect_refused({"--hidden", "0"}, "--hidden");
  expect_refused({"--hidden", "ten"}, "--hidden");
  expect_refused({"--batch-size", "0"}, "--batch-size");
  expect_refused({"--optimizer", "magic"}, "--optimizer");
  expect_refused({"--model", "cnn"}, "--model");
  expect_refused({"--validation-split", "1"}, "--validation-split");
  expect_refused({"--lr", "-1"}, "--lr");
  expect_refused({"--dropout", "1"}, "--dropout");
  expect_refused({"--weight-decay", "-1"}, "--weight-decay");
  expect_refused({"--shift", "-1"}, "--shift");
  expect_refused({"--schedule", "magic"}, "--schedule");
  expect_refused({"--threads", "0"}, "--threads");
  expect_refused({"--epochs", "-1"}, "--epochs");
  expect_refused({"--frobnicate"}, "--frobnicate");
}

TEST_F(Mnist, StopsWhenTheLossIsNoNumber) {
  expect_refused({"--optimizer", "sgd", "--lr", "1e30", "--batch-size", "10"},
                 "mnist: training diverged: the loss of epoch 1 is ");
}

TEST_F(Mnist, HelpNamesEveryOption) {
  program_.expect_help({"--data",       "--model",      "--hidden",   "--dropout",
                        "--optimizer",  "--lr",         "--schedule", "--weight-decay",
                        "--shift",      "--batch-size", "--epochs",   "--validation-split",
                        "--seed",       "--threads",    "--save",     "--load",
                        "--checkpoint", "--resume",     "--plot",     "--quiet"});
}

TEST_F(Mnist, DrawsAFigure) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const std::string svg = outputs_ / "figure's.svg";
  const std::string png = outputs_ / "figure.png";
  ASSERT_EQ(run({"--epochs", "2", "--plot", svg}).status, 0);
  ASSERT_EQ(run({"--epochs", "0", "--validation-split", "0", "--plot", png}).status, 0);
  const std::string picture = read_file(svg);
  EXPECT_EQ(picture.find("<?xml "), 0U);
  expect_contains(picture.substr(picture.size() - 10), {"</svg>\n"});
  for (const char* text :
       {"Loss", "Accuracy (%)", "training", "validation", "epoch", "Misclassified test images"})
    expect_contains(picture, {text});
  EXPECT_EQ(read_file(png).substr(1, 3), "PNG");
  EXPECT_TRUE(read_file(png).ends_with(std::string("IEND\xAE\x42\x60\x82")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outputs_.path()), {}), 2);
}

TEST_F(Mnist, SaysWhichPackageDrawsFigures) {
  Process process(XGRAD_MNIST_PROGRAM, program_.with_all({"--plot", outputs_ / "a.svg"}),
                  {"PATH=" + outputs_.path()});
  EXPECT_EQ(process.wait(), 1);
  EXPECT_EQ(process.out(), "");
  EXPECT_EQ(process.err(),
            "mnist: gnuplot: not installed; plots need it: apt-get install gnuplot-nox\n");
}

}  // namespace
}  // namespace xgrad::test
