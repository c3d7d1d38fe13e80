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
    else
      result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return result;
}

std::string type_of(const Tensor& t) { return str(t.shape(), " ", t.dtype()); }

struct Drawing {
  std::string text = "digraph {\n  node [fontname=\"Helvetica\", fontsize=11];\n";
  std::unordered_map<const void*, std::string> names, ids;  // of nodes and leaves
  std::unordered_map<const Node*, const Tensor*> models;    // have the types of nodes' results
  std::size_t operations = 0, leaves = 0;

  // A node does not know its result's type, but the operations after it tell that of their inputs:
  // what they saved, or, where they saved nothing, their own result's.
  void find_types(const std::vector<Node*>& nodes, const Tensor& y) {
    models[nodes.back()] = &y;
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
      const Tensor* result = models[*it];
      for (const Node::Input& input : (*it)->inputs())
        if (input.node && !(*it)->released())
          if (const Tensor*& model = models[input.node.get()]; !model)
            model = input.saved.defined() ? &input.saved : result;
    }
  }

  void draw_operation(const Node& node) {
    const std::string& id = ids[&node] = str("op", operations++);
    const Tensor* model = models.at(&node);
    draw_box(id, {names[&node], node.name(), model ? type_of(*model) : ""},
             "shape=box, style=filled, fillcolor=lightgrey");
    for (const Node::Input& input : node.inputs()) {
      if (!input.node && !input.saved.defined()) continue;  // left out, or released
      const std::string from = input.node ? ids.at(input.node.get()) : draw_leaf(input.saved);
      text += str("  ", from, " -> ", id, input.has_values ? " [style=bold];\n" : ";\n");
    }
  }

  std::string draw_leaf(const Tensor& t) {
    const auto [it, is_new] = ids.emplace(detail::get(t), str("leaf", leaves));
    if (!is_new) return it->second;
    ++leaves;
    const bool number = t.numel() == 1 && !t.requires_grad();
    draw_box(
        it->second, {names[detail::get(t)], number ? str(t.item<double>()) : type_of(t)},
        t.requires_grad() ? "shape=ellipse, style=filled, fillcolor=lightblue" : "shape=plaintext");
    return it->second;
  }

  void draw_box(const std::string& id, std::initializer_list<std::string> lines,
                const char* style) {
    std::string label;
    for (const std::string& line : lines)
      if (!line.empty()) label += (label.empty() ? "" : "\\n") + escaped(line);
    text += str("  ", id, " [label=\"", label, "\", ", style, "];\n");
  }
};

}  // namespace

std::string to_dot(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& names) {
  expect_defined("to_dot", "y", y);
  Drawing drawing;
  for (const auto& [name, tensor] : names) {
    if (!tensor.defined()) continue;
    const Node* node = detail::impl(tensor).node;
    drawing.names.emplace(node ? static_cast<const void*>(node) : detail::get(tensor), name);
  }
  if (y.is_leaf()) {
    drawing.draw_leaf(y);
  } else {
    const std::vector<Node*> nodes = detail::recorded_operations({detail::impl(y).node});
    drawing.find_types(nodes, y);
    for (const Node* node : nodes) drawing.draw_operation(*node);
  }
  return drawing.text + "}\n";
}

}  // namespace xgrad
