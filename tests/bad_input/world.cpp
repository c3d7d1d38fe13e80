#include "world.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace xgrad::test {
namespace {

using Snapshot = std::map<std::string, std::string>;

Snapshot read_files(const World& w) {
  Snapshot all;
  for (const auto& entry : std::filesystem::directory_iterator(w.files.path()))
    all[entry.path().filename()] = read_file(entry.path());
  return all;
}

// Files that can be read, and what is like them but cannot.
Snapshot make_files(const World& w) {
  write_file(w / "numbers.csv", "a,b\n1,2\n3,4\n");
  write_file(w / "text.csv", "a,b\n1,2\n3,four\n");
  write_file(w / "ragged.csv", "1,2\n3\n");
  write_file(w / "empty", "");
  write_file(w / "garbage", "no such format\n");
  data::save_npy(w / "array.npy", w.a);
  data::save_npz(w / "arrays.npz", {{"a", w.a}});
  data::save_image(w / "image.png", w.images[0]);
  data::save_image(w / "image.ppm", w.images[0]);
  save_safetensors(w / "tensors.safetensors", {{"a", w.a}});
  nn::save(w.net, w / "net.safetensors");
  w.adam.save(w / "adam.safetensors");
  w.schedule.save(w / "schedule.safetensors");
  Net net = w.net.clone();
  training::save_checkpoint(w / "run.safetensors", {.module = net});
  return read_files(w);
}

// The same in every world.
void write_files(const World& w) {
  static const Snapshot files = make_files(w);
  for (const auto& [name, content] : files) write_file(w / name, content);
}

// All that belongs to a tensor.
std::string bits(const Tensor& t) {
  if (!t.defined()) return "undefined";
  const auto bytes = visit_dtype(t.dtype(), [&]<class T>(T) {
    const auto raw = std::as_bytes(t.data<T>());
    return std::string(reinterpret_cast<const char*>(raw.data()), raw.size());
  });
  std::ostringstream text;
  text << t.dtype() << t.shape() << " version " << t.version() << " requires_grad "
       << t.requires_grad() << t.op_name() << bytes << " grad "
       << (t.grad().defined() ? bits(t.grad().clone()) : "");  // its version does not matter
  return text.str();
}

template <class T>
std::string printed(const T& value) {
  std::ostringstream text;
  text << std::hexfloat << value;
  return text.str();
}

void add(Snapshot& all, const std::string& name, const nn::Module& module) {
  for (const auto& [key, t] : module.named_parameters()) all[name + "." + key] = bits(t);
  for (const auto& [key, t] : module.named_buffers()) all[name + "." + key] = bits(t);
  all[name + " training"] = printed(module.is_training());
}

void add(Snapshot& all, const std::string& name, const optim::OptionTexts& texts) {
  for (const auto& [key, text] : texts) all[name + "." + key] = text;
}

void add(Snapshot& all, const std::string& name, const optim::Optimizer& optimizer) {
  const optim::StateDict state = optimizer.state_dict();
  for (const auto& group : state.param_groups) add(all, name, group);
  for (const auto& [key, t] : state.state) all[name + "." + key] = bits(t);
}

Tensor numbers(const Shape& shape, DType dtype = float64) {
  return reshape(linspace(-1, 1, shape.numel(), dtype), shape);
}

// The graph of everything that a world holds begins from the same random numbers.
Tensor seeded(Tensor t) {
  manual_seed(0);
  return t;
}

}  // namespace

World::World()
    : x(seeded(numbers({2, 3}))),
      a(numbers({2, 3})),
      v(numbers({3})),
      f(numbers({2, 3}, float32)),
      i(reshape(arange(6), {2, 3})),
      u(i.to(uint8)),
      b(i > 2),
      rows(numbers({6, 3}, float32)),
      labels(remainder(arange(6), 2)),
      images(rand({2, 3, 8, 8})),
      sequence(numbers({4, 2, 3}, float32)),
      p(numbers({2})),
      adam(net.parameters()),
      lbfgs({p.requires_grad_()}),
      schedule(adam, {.step_size = 2}),
      plateau(lbfgs),
      dataset(rows, labels),
      loader(dataset, {.batch_size = 2, .shuffle = true}),
      table({data::Column{.name = "age", .values = numbers({3})},
             data::Column{
                 .name = "kind", .codes = remainder(arange(3), 2), .names = {"cat", "dog"}}}),
      best(net),
      averaged(net) {
  x.requires_grad_();
  y = tanh(x);
  loss = sum(y * v);
  loss.backward({.retain_graph = true});
  released = sum(square(x));
  released.backward();
  scaler.fit(rows);
  use();
  write_files(*this);
  generator = get_rng_state();
}

std::map<std::string, std::string> World::snapshot() const {
  Snapshot all = read_files(*this);
  const std::pair<const char*, const Tensor&> tensors[] = {{"undefined", undefined},
                                                           {"x", x},
                                                           {"y", y},
                                                           {"loss", loss},
                                                           {"released", released},
                                                           {"a", a},
                                                           {"v", v},
                                                           {"f", f},
                                                           {"i", i},
                                                           {"u", u},
                                                           {"b", b},
                                                           {"rows", rows},
                                                           {"labels", labels},
                                                           {"images", images},
                                                           {"sequence", sequence},
                                                           {"p", p}};
  for (const auto& [name, t] : tensors) all[name] = bits(t);
  all["random generator"] = bits(get_rng_state());
  add(all, "net", net);
  add(all, "other", other);
  add(all, "scaler", scaler);
  add(all, "averaged", averaged);
  add(all, "adam", adam);
  add(all, "lbfgs", lbfgs);
  add(all, "schedule", schedule.state_dict());
  add(all, "plateau", plateau.state_dict());
  add(all, "stopping", stopping.state_dict());
  for (const auto& [key, t] : best.state_dict().tensors) all["best." + key] = bits(t);
  all["best"] = printed(best.best());
  all["average"] = printed(average.mean()) + " of " + printed(average.weight());
  for (const data::Column& column : table.columns())
    all["table." + column.name] = bits(column.values) + bits(column.codes);
  all["loader"] = printed(loader.size());
  all["grad mode"] = printed(is_grad_enabled());
  all["threads"] = printed(num_threads());
  all["printing"] = to_string(a / 3);
  return all;
}

void World::use() {
  loss.backward({.retain_graph = true});
  for (const auto& [inputs, targets] : loader) {
    adam.zero_grad();
    nn::cross_entropy(net(inputs), targets).backward();
    adam.step();
    averaged.update_parameters(net);
  }
  schedule.step();
  lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor distance = sum(square(p - 1));
    distance.backward();
    return distance;
  });
  const double reached = sum(square(p)).item<double>();
  plateau.step(reached);
  stopping.step(reached);
  best.step(reached);
  average.add(reached);
}

optim::OptionTexts with(optim::OptionTexts texts, const std::string& option,
                        const std::string& value) {
  texts[option] = value;
  return texts;
}

}  // namespace xgrad::test
