#include "dot.hpp"

#include <unordered_map>

#include "../support/message.hpp"
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

// What is known of a tensor's shape and dtype.
struct Type {
  Shape shape;
  DType dtype;

  std::string text() const { return message(shape, " ", name(dtype)); }
};

class Drawing {
 public:
  explicit Drawing(const std::vector<std::pair<std::string, Tensor>>& names) {
    for (const auto& [name, tensor] : names)
      if (tensor.defined()) names_.emplace(identity(tensor), name);
  }

  std::string draw(const Tensor& y) {
    text_ = "digraph {\n  node [fontname=\"Helvetica\", fontsize=11];\n";
    if (y.is_leaf()) {
      leaf(y.get());
    } else {
      const std::vector<Node*> nodes = detail::recorded_operations({y.impl().node});
      find_types(nodes, y);
      for (Node* node : nodes) operation(*node);
    }
    return text_ + "}\n";
  }

 private:
  static const void* identity(const Tensor& t) {
    const detail::TensorImpl* impl = t.get();
    return impl->node ? static_cast<const void*>(impl->node) : impl;
  }

  static std::string type_of(const Tensor& t) { return Type{t.shape(), t.dtype()}.text(); }

  // A node does not know its result's type, but the operations after it tell that of their inputs:
  // what they saved, or, where they saved nothing, their own result's.
  void find_types(const std::vector<Node*>& nodes, const Tensor& y) {
    types_.emplace(nodes.back(), Type{y.shape(), y.dtype()});
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
      const auto known = types_.find(*it);
      for (const Node::Input& input : (*it)->inputs()) {
        const Node* from = input.edge.node();
        if (!from || (*it)->released()) continue;
        if (input.saved.defined())
          types_.emplace(from, Type{input.saved.shape(), input.saved.dtype()});
        else if (known != types_.end())
          types_.emplace(from, Type(known->second));
      }
    }
  }

  void operation(Node& node) {
    const std::string id = "op" + std::to_string(operations_++);
    ids_.emplace(&node, id);
    const auto type = types_.find(&node);
    box(id, lines(named(&node), node.name(), type == types_.end() ? "" : type->second.text()),
        "shape=box, style=filled, fillcolor=lightgrey");
    for (const Node::Input& input : node.inputs()) {
      const bool saved = input.saved.defined() && input.saved.impl().storage;
      if (const std::string from = source(input); !from.empty())
        text_ += "  " + from + " -> " + id + (saved ? " [style=bold];\n" : ";\n");
    }
  }

  // The id of what an input came from; none for an input that was left out or has been released.
  std::string source(const Node::Input& input) {
    if (const Node* node = input.edge.node()) return ids_.at(node);
    if (detail::TensorImpl* impl = input.edge.leaf()) return leaf(impl);
    return input.saved.defined() ? leaf(input.saved.get()) : "";
  }

  std::string leaf(detail::TensorImpl* impl) {
    const auto [it, is_new] = ids_.emplace(impl, "leaf" + std::to_string(leaves_));
    if (is_new) {
      ++leaves_;
      detail::retain(impl);
      const Tensor t = Tensor::adopt(impl);
      const bool number = t.numel() == 1 && !t.requires_grad();
      box(it->second,
          lines(named(impl), number ? message(t.item<double>()) : "", number ? "" : type_of(t)),
          t.requires_grad() ? "shape=ellipse, style=filled, fillcolor=lightblue"
                            : "shape=plaintext");
    }
    return it->second;
  }

  std::string named(const void* identity) const {
    const auto it = names_.find(identity);
    return it == names_.end() ? "" : it->second;
  }

  static std::string lines(const std::string& a, const std::string& b, const std::string& c) {
    std::string text;
    for (const std::string* line : {&a, &b, &c})
      if (!line->empty()) text += (text.empty() ? "" : "\\n") + escaped(*line);
    return text;
  }

  void box(const std::string& id, const std::string& label, const char* style) {
    text_ += "  " + id + " [label=\"" + label + "\", " + style + "];\n";
  }

  std::string text_;
  std::unordered_map<const void*, std::string> names_;
  std::unordered_map<const void*, std::string> ids_;
  std::unordered_map<const Node*, Type> types_;
  std::size_t operations_ = 0;
  std::size_t leaves_ = 0;
};

}  // namespace

std::string to_dot(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& names) {
  if (!y.defined()) throw ValueError("to_dot: y is an undefined tensor");
  return Drawing(names).draw(y);
}

}  // namespace xgrad
