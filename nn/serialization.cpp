#include "serialization.hpp"

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/io/file.hpp"
#include "../autograd/io/safetensors.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {

void save(const Module& module, const std::string& path) {
  xgrad::detail::check_path("save", path);
  xgrad::detail::with_memory(path, [&] {
    const StateDict state = module.state_dict();
    expect<ValueError>(!state.empty(), "save: ", module.class_name(),
                       " has no parameters to write to ", path,
                       "; name its fields with XGRAD_FIELDS");
    save_safetensors(path, state, {{"format", "pt"}});  // read by tools that ask for a framework
  });
}

void load(Module& module, const std::string& path) {
  xgrad::detail::check_path("load", path);
  xgrad::detail::reading(path, [&] {
    const Safetensors saved = xgrad::detail::load_all_safetensors(path);
    module.load_state_dict(saved.tensors, {.strict = true, .same_dtype = true});
  });
}

StateDict copy_of(const StateDict& state) {
  NoGrad guard;
  StateDict copy;
  for (const auto& [name, tensor] : state) {
    expect_defined("copy_of", str('\'', name, '\''), tensor);
    copy.emplace(name, tensor.clone());
  }
  return copy;
}

}  // namespace xgrad::nn
