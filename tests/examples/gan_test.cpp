// The losses of examples/support/gan.hpp, and the program examples/gan run as a user does.

#include "examples/support/gan.hpp"

#include <xgrad.hpp>

#include "tests/examples/program.hpp"
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
    const EnableGrad recorded;
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

TEST(Gan, ExplainsAndRefuses) {
  program.expect_help({"--problem", "--loss", "--hidden", "--latent", "--batch-size", "--epochs",
                       "--steps", "--discriminator-steps", "--lr", "--average", "--label-smoothing",
                       "--noise", "--seed", "--threads", "--plot"});
  program.expect_refused({"--loss", "none"}, {"--loss", "lsgan"});
  program.expect_refused({"--loss", "wgan", "--label-smoothing", "0.1"},
                         {"--label-smoothing", "has no effect with --loss wgan"});
  program.expect_refused({"--batch-size", "1"}, {"--batch-size"});
  program.expect_refused({"--plot", "a.txt"}, {"--plot a.txt", ".svg or .png"});
}

}  // namespace
}  // namespace xgrad::test
