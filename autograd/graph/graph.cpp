#include "graph.hpp"

#include <algorithm>
#include <unordered_set>

namespace xgrad::detail {

std::vector<Node*> recorded_operations(const std::vector<Node*>& roots, std::uint64_t lowest) {
  std::vector<Node*> nodes;
  std::unordered_set<const Node*> seen;
  const auto reach = [&](Node* node) {
    if (node && node->number() >= lowest && seen.insert(node).second) nodes.push_back(node);
  };
  for (Node* root : roots) reach(root);
  for (std::size_t next = 0; next < nodes.size(); ++next)
    for (const Node::Input& input : nodes[next]->inputs()) reach(input.node.get());
  // Stable, and found in a fixed order: the same also where threads gave two the same number.
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const Node* a, const Node* b) { return a->number() < b->number(); });
  return nodes;
}

}  // namespace xgrad::detail
