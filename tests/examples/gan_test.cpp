// The losses and problems of examples/support/gan*.hpp, and the program examples/gan run as a user
// does.

#include "examples/support/gan.hpp"

#include <xgrad.hpp>

#include "examples/support/gan_problem.hpp"
#include "examples/support/image_networks.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

using examples::GanLoss;

TEST(GanLoss, OfScores) {
  const Tensor real = tensor({0.0, 2.0}), generated = tensor({0.0, -1.0});
  const double l1 = std::log1p(std::exp(-1.0)), l2 = std::log1p(std::exp(-2.0)), l0 = std::log(2.0);
  const auto d = [&](GanLoss loss, double smoothing = 0) {
    return examples::discriminator_loss(loss, real, generated, smoothing).item<double>();
  };
  const auto g = [&](GanLoss loss) {
    return examples::generator_loss(loss, generated).item<double>();
  };
  EXPECT_NEAR(d(GanLoss::gan), (l0 + l2 + l0 + l1) / 2, 1e-12);
  EXPECT_NEAR(d(GanLoss::gan, 0.1), (l0 + l2 + 0.1 * 2 + l0 + l1) / 2, 1e-12);
  EXPECT_NEAR(g(GanLoss::gan), (l0 + l1 + 1) / 2, 1e-12);
  EXPECT_NEAR(d(GanLoss::lsgan), (1 + 1 + 0 + 1) / 2.0, 1e-12);
  EXPECT_NEAR(d(GanLoss::lsgan, 0.5), (0.25 + 2.25 + 0 + 1) / 2, 1e-12);
  EXPECT_NEAR(g(GanLoss::lsgan), (1 + 4) / 2.0, 1e-12);
  for (const GanLoss loss : {GanLoss::wgan, GanLoss::wgan_gp}) {
    EXPECT_NEAR(d(loss), -0.5 - 1, 1e-12);
    EXPECT_NEAR(g(loss), 0.5, 1e-12);
  }
}

TEST(GradientPenalty, OfALinearCritic) {
  nn::Linear critic(2, 1);
  critic.to(float64);
  const auto penalty = [&](double a, double b, bool one_sided) {
    const NoGrad guard;
    critic.weight.copy_(tensor({{a, b}}));
    const EnableGrad recorded;
    return examples::gradient_penalty(critic, randn({5, 2}, float64), one_sided).item<double>();
  };
  EXPECT_NEAR(penalty(3, 4, false), 16, 1e-12);
  EXPECT_NEAR(penalty(3, 4, true), 16, 1e-12);
  EXPECT_NEAR(penalty(0.3, 0.4, false), 0.25, 1e-12);
  EXPECT_NEAR(penalty(0.3, 0.4, true), 0, 1e-12);
}

TEST(GradientPenalty, IsDifferentiatedThroughConvolutions) {
  nn::Sequential critic{nn::Conv2d(1, 2, 3, {.stride = 2, .padding = 1}),
                        nn::LeakyReLU(0.2),
                        nn::Conv2d(2, 3, 3),
                        nn::Tanh(),
                        nn::Flatten(),
                        nn::Linear(3, 1)};
  critic.to(float64);
  const Tensor points = randn({2, 1, 6, 5}, {.dtype = float64, .requires_grad = true});
  std::vector<Tensor> inputs = critic.parameters();
  inputs.push_back(points);
  const auto penalty = [&] {
    const EnableGrad recorded;  // differences are taken under NoGrad
    return examples::gradient_penalty(critic, points);
  };
  const GradcheckReport first = gradcheck(penalty, inputs), second = gradgradcheck(penalty, inputs);
  EXPECT_TRUE(first) << first;
  EXPECT_TRUE(second) << second;
}

TEST(GradientPenalty, ReadsPointsBetweenRealAndGenerated) {
  const Tensor x = zeros({50, 1, 2, 2}), y = ones({50, 1, 2, 2});
  const Tensor between = flatten(examples::mixed(x, y), 1);
  EXPECT_TRUE(array_equal(min(between, 1), max(between, 1)));
  EXPECT_LT(min(between).item<double>(), 0.2);
  EXPECT_GT(max(between).item<double>(), 0.8);
}

TEST(GanProblem, MeasuresNumbers) {
  const examples::GanProblem problem = examples::gan_of_numbers({.latent = 2, .hidden = 3});
  const Tensor real = problem.real(problem.samples);
  EXPECT_LT(problem.measure(real)[0].value, 0.06);
  EXPECT_NEAR(problem.measure(real + 2)[0].value, 2, 0.06);
}

TEST(GanProblem, MeasuresPoints) {
  const examples::GanProblem problem = examples::gan_of_an_ellipse({.latent = 2, .hidden = 3});
  // Three points on the ellipse, whose directions are 90 degrees apart, and one beside it.
  const Tensor points = tensor({{2.0, 0.0}, {0.0, 1.0}, {-2.0, 0.0}, {3.0, 0.0}}).to(float32);
  const auto metrics = problem.measure(points);
  // The mean radius of the ellipse is 1.5420.
  EXPECT_NEAR(metrics[0].value, 1 / 4.0 / 1.542, 1e-3);
  EXPECT_NEAR(metrics[1].value, 180, 1e-3);
}

const Program program(XGRAD_GAN_PROGRAM, {"--threads", "1"});

TEST(Gan, LearnsNumbersWithEachLoss) {
  for (const char* loss : {"gan", "lsgan", "wgan", "wgan-gp"}) {
    const std::string out =
        program.output({"--loss", loss, "--steps", "300", "--average", "0.99", "--lr", "0.002"});
    EXPECT_LT(number_after(out, "\nW1: "), 0.15) << loss << out;
  }
}

TEST(Gan, LearnsAnEllipse) {
  const std::string out = program.output(
      {"--problem", "ellipse", "--steps", "300", "--average", "0.99", "--lr", "0.002"});
  EXPECT_LT(number_after(out, "\ndistance: "), 0.05) << out;
  EXPECT_LT(number_after(out, "\ngap: "), 20) << out;
}

TEST(Gan, ASeedSaysAll) {
  const auto last = [](const std::string& seed) {
    const std::string out = program.output({"--epochs", "1", "--steps", "50", "--seed", seed,
                                            "--label-smoothing", "0.1", "--noise", "0.2"});
    return out.substr(out.rfind('\n', out.size() - 2));
  };
  EXPECT_EQ(last("3"), last("3"));
  EXPECT_NE(last("3"), last("4"));
}

TEST(Gan, DrawsSamplesAndLosses) {
  for (const char* problem : {"numbers", "ellipse"})
    program.expect_figure(
        {"--problem", problem, "--epochs", "3", "--steps", "20"},
        {"After epoch 1", "After epoch 3", "real", "generated", "Losses", "discriminator"});
}

TEST(Gan, DrawsFrames) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory files;
  const std::string frames = files / "new/frames";
  expect_contains(program.output({"--epochs", "2", "--steps", "5", "--frames", frames}),
                  {"frames drawn to " + frames + "/animation.gif"});
  EXPECT_EQ(data::load_png(frames + "/0001.png").shape(),
            data::load_png(frames + "/0002.png").shape());
  EXPECT_TRUE(read_file(frames + "/animation.gif").starts_with("GIF89a"));
}

class GanOfImages : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 200, 100, 28); }

  const Arguments dense_{"--model", "dense", "--hidden", "16"}, dcgan_{"--channels", "4"};
  TemporaryDirectory data_;
  Program program_{
      XGRAD_GAN_PROGRAM,
      {"--threads", "1", "--problem", "mnist", "--data", data_.path(), "--batch-size", "10"}};
};

TEST_F(GanOfImages, TrainsBothModelsWithEachLoss) {
  for (const Arguments& model : {dense_, dcgan_})
    for (const char* loss : {"gan", "lsgan", "wgan", "wgan-gp"}) {
      Arguments arguments{"--loss", loss, "--epochs", "1", "--steps", "3"};
      arguments.insert(arguments.end(), model.begin(), model.end());
      const std::string out = program_.output(arguments);
      expect_contains(out, {"epoch 1/1  discriminator ", "no --classifier"});
      EXPECT_TRUE(std::isfinite(number_after(out, "  discriminator "))) << out;
    }
}

TEST_F(GanOfImages, AreMeasuredByAClassifier) {
  const std::string file = data_ / "classifier";
  for (const Arguments& network : {Arguments{}, {"--channels", "3,4", "--batch-norm"}}) {
    Arguments arguments{"--data",   data_.path(), "--batch-size", "10",
                        "--epochs", "6",          "--save",       file};
    arguments.insert(arguments.end(), network.begin(), network.end());
    Program(XGRAD_LENET_PROGRAM).output(arguments);
    const std::string out = program_.output({"--model", "dense", "--hidden", "16", "--classifier",
                                             file, "--epochs", "2", "--steps", "20"});
    EXPECT_GT(number_after(out.substr(out.find("\nsure: ")), "of real samples "), 50) << out;
    EXPECT_GT(number_after(out, "\nentropy: "), 0) << out;
    EXPECT_GE(number_after(out, "\nclasses: "), 1) << out;
  }
  program_.expect_refused({"--classifier", data_ / "missing"}, {"missing"});
}

TEST_F(GanOfImages, AreDrawn) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const std::string frames = data_ / "frames";
  program_.expect_figure({"--channels", "4", "--epochs", "3", "--steps", "2", "--frames", frames},
                         {"Losses", "Images of the same noise, by rows: after epoch 1, 2, 3"});
  // Rows of eight images, two pixels apart, twice as large.
  EXPECT_EQ(data::load_png(frames + "/0003.png").shape(), (Shape{2 * 242, 2 * 242}));
  EXPECT_TRUE(read_file(frames + "/animation.gif").starts_with("GIF89a"));
}

TEST_F(GanOfImages, HaveToBeThere) {
  const TemporaryDirectory other;
  const Program other_data(XGRAD_GAN_PROGRAM, {"--problem", "mnist", "--data", other.path()});
  other_data.expect_refused({}, {other.path()});
  write_mnist(other.path(), 20, 10, 14);
  other_data.expect_refused({}, {"14 x 14", "28 x 28"});
}

TEST(Gan, SavesTheGenerator) {
  const TemporaryDirectory files;
  const std::string file = files / "generator";
  expect_contains(program.output({"--epochs", "1", "--steps", "5", "--save", file}),
                  {"generator saved to " + file});
  EXPECT_EQ(load_safetensors(file).at("0.weight").shape(), (Shape{64, 16}));
}

TEST(Gan, ExplainsAndRefuses) {
  program.expect_help({"--problem",    "--loss",    "--hidden",          "--latent",
                       "--batch-size", "--epochs",  "--steps",           "--discriminator-steps",
                       "--lr",         "--average", "--label-smoothing", "--noise",
                       "--data",       "--model",   "--channels",        "--classifier",
                       "--frames",     "--seed",    "--threads",         "--plot",
                       "--save"});
  program.expect_refused({"--loss", "none"}, {"--loss", "lsgan"});
  program.expect_refused({"--loss", "wgan", "--label-smoothing", "0.1"},
                         {"--label-smoothing", "has no effect with --loss wgan"});
  program.expect_refused({"--problem", "ellipse", "--model", "dense"},
                         {"--model", "has no effect with --problem ellipse"});
  program.expect_refused({"--problem", "mnist", "--hidden", "16"},
                         {"--hidden", "has no effect with --model dcgan"});
  program.expect_refused({"--problem", "mnist", "--model", "dense", "--channels", "4"},
                         {"--channels", "has no effect with --model dense"});
  program.expect_refused({"--batch-size", "1"}, {"--batch-size"});
  program.expect_refused({"--plot", "a.txt"}, {"--plot a.txt", ".svg or .png"});
}

}  // namespace
}  // namespace xgrad::test
