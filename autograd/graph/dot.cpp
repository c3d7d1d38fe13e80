#include "dot.hpp"

#include <unordered_map>

#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "graph.hpp"

namespace xgrad {
namespace {

// Text within the quotes of a label. Graphviz reads backslashes, quotes and HTML's entities there.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (c == '&')
      result += "&amp;";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      result += ' ';
    else
      result += c;
  }
  return result;
}

std::string type_of(const Tensor& t) { return str(t.shape(), " ", t.dtype()); }

class Drawing {
 public:
  explicit Drawing(const std::vector<std::pair<std::string, Tensor>>& names) {
    for (const auto& [name, tensor] : names) {
      if (!tensor.defined()) continue;
      const Node* node = detail::impl(tensor).node;
      names_.emplace(node ? static_cast<const void*>(node) : detail::get(tensor), name);
    }
  }

  std::string draw(const Tensor& y) {
    text_ = "digraph {\n  node [fontname=\"Helvetica\", fontsize=11];\n";
    if (y.is_leaf()) {
      leaf(y);
    } else {
      const std::vector<Node*> nodes = detail::recorded_operations({detail::impl(y).node});
      find_types(nodes, y);
      for (const Node* node : nodes) operation(*node);
    }
    return text_ + "}\n";
  }

 private:
  // A node does not know its result's type, but the operations after it tell that of their inputs:
  // what they saved, or, where they saved nothing, their own result's.
  void find_types(const std::vector<Node*>& nodes, const Tensor& y) {
    models_[nodes.back()] = &y;
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
      const Tensor* result = models_[*it];
      for (const Node::Input& input : (*it)->inputs())
        if (input.node && !(*it)->released())
          if (const Tensor*& model = models_[input.node.get()]; !model)
            model = input.saved.defined() ? &input.saved : result;
    }
  }

  void operation(const Node& node) {
    const std::string id = "op" + std::to_string(operations_++);
    ids_.emplace(&node, id);
    const Tensor* model = models_.at(&node);
    box(id, {named(&node), node.name(), model ? type_of(*model) : ""},
        "shape=box, style=filled, fillcolor=lightgrey");
    for (const Node::Input& input : node.inputs()) {
      if (!input.node && !input.saved.defined()) continue;  // left out, or released
      const std::string from = input.node ? ids_.at(input.node.get()) : leaf(input.saved);
      text_ += "  " + from + " -> " + id + (input.has_values ? " [style=bold];\n" : ";\n");
    }
  }

  std::string leaf(const Tensor& t) {
    const auto [it, is_new] = ids_.emplace(detail::get(t), "leaf" + std::to_string(leaves_));
    if (is_new) {
      ++leaves_;
      const bool number = t.numel() == 1 && !t.requires_grad();
      box(it->second, {named(detail::get(t)), number ? str(t.item<double>()) : type_of(t)},
          t.requires_grad() ? "shape=ellipse, style=filled, fillcolor=lightblue"
                            : "shape=plaintext");
    }
    return it->second;
  }

  std::string named(const void* node_or_leaf) const {
    const auto it = names_.find(node_or_leaf);
    return it == names_.end() ? "" : it->second;
  }

  void box(const std::string& id, std::initializer_list<std::string> lines, const char* style) {
    std::string label;
    for (const std::string& line : lines)
      if (!line.empty()) label += (label.empty() ? "" : "\\n") + escaped(line);
    text_ += "  " + id + " [label=\"" + label + "\", " + style + "];\n";
  }

  std::string text_;
  std::unordered_map<const void*, std::string> names_;
  std::unordered_map<const void*, std::string> ids_;
  std::unordered_map<const Node*, const Tensor*> models_;  // of the nodes' results' types
  std::size_t operations_ = 0;
  std::size_t leaves_ = 0;
};

}  // namespace

std::string to_dot(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& names) {
  expect_defined("to_dot", "y", y);
  return Drawing(names).draw(y);
}

}  // namespace xgrad
