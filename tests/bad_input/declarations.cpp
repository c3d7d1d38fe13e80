// Reads the public headers as clang-format leaves them: what stands at the beginning of a line, or
// behind two blanks in a class, begins a declaration, and its further lines are indented more.

#include "declarations.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <vector>

namespace xgrad::test {
namespace {

namespace fs = std::filesystem;

// Functions that cannot be called wrongly, and why.
const std::pair<const char*, std::regex> exempt[] = {
    {"called by a function that has a name",
     std::regex(R"((.*::)?operator[^(\[]*|.*::(begin|end)|.*Options::(rule|schedule|multiplied|)"
                R"(shown|check)|.*::(visit_fields?|class_fields|extra_repr|call_forward)|)"
                R"((Observer|AnomalyMode)::.*|nn::visit_field)")},
    {"a check, which throws what its caller says",
     std::regex("expect.*|convert_one|check_ndim|normalize_axis|optim::(check_.*|with_origin)")},
    {"a base of classes that are listed",
     std::regex("nn::ModuleOf(Loss)?::.*|optim::(OptimizerOf|ScheduleOf)::(OptimizerOf|ScheduleOf)|"
                "optim::(Optimizer|SchedulerBase)::.*(Optimizer|SchedulerBase)")},
    {"right for every object and argument",
     std::regex("HookHandle::remove|to_string|(get_rng_state|manual_seed)|random::(bits|uniform|"
                "normals?|shuffle)|data::(missing_texts|Batch::tensors|Column::is_text|DataLoader::"
                "(dataset|size)|DistributedSampler::set_epoch|Table::(columns|names|rows))|nn::("
                "Identity::forward|as_dtype_of|"
                "Module::(Module|~Module|class_name)|Sequential::Sequential)|optim::(to_texts|"
                "to_safetensors|State::tensors|(Optimizer|SchedulerBase)::state_dict|"
                "Optimizer::zero_grad)|training::((BestCheckpoint|EarlyStopping)::state_dict|"
                "EarlyStopping::step|Progress::(step|finish))")},
    {"a value that the function which takes it checks",
     std::regex("NormOrder::NormOrder|optim::(Choice|ParamGroup|PerGroup)::.*|"
                "data::DataLoader::Unpacked::Unpacked")},
    {"a tool of the library's own",
     std::regex(
         "str|joined|visit_(dtype|stored|floating|number)|optim::(join_names|take_prefixed)")},
};

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Adds a header and those that it includes.
void collect(const fs::path& header, std::set<fs::path>& all) {
  if (!all.insert(header).second) return;
  static const std::regex include("^#include \"(.*)\"");
  std::smatch match;
  for (const std::string& line : lines_of(header))
    if (std::regex_search(line, match, include))
      collect((header.parent_path() / match[1].str()).lexically_normal(), all);
}

// Adds the functions that a header declares.
void read(const fs::path& header, std::set<std::string>& names) {
  static const std::regex opens("(?:inline )?namespace ?([\\w:]*) \\{"),
      internal("detail|formula|memory|kernels"), type("(class|struct) ([\\w:]+)(.*)\\{(\\};)?"),
      forwards(" : public (ModuleOf|ModuleOfLoss|detail::BatchNorm)\\b"),
      made("using (\\w+) = (?:OptimizerOf|ScheduleOf)<.*"),
      other(
          "\\W.*|XGRAD_.*|(using|class|struct|enum|template|friend|static_assert|concept|"
          "public|private|protected)\\b.*"),
      function("((?:[^(=]*[ &*])?)(~?\\w+|operator\\(\\)|operator[^(]+)\\(.*");
  const std::vector<std::string> lines = lines_of(header);
  std::vector<std::string> spaces;
  std::string class_name;
  bool is_public = true;
  std::smatch match;
  const auto add = [&](const std::string& name) {
    if (std::ranges::none_of(exempt, [&](auto& e) { return std::regex_match(name, e.second); }))
      names.insert(name);
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    if (std::regex_match(line, match, opens)) {
      if (lines[i + 2] == "}")  // of a class that is only named
        i += 2;
      else
        spaces.push_back(match[1]);
      continue;
    }
    if (line.starts_with("}  // namespace")) spaces.pop_back();
    std::string prefix;
    for (const std::string& space : spaces) prefix += space + "::";
    if (std::regex_search(prefix, internal)) continue;
    prefix = std::regex_replace(prefix, std::regex("^(xgrad)?::|xgrad::|lr_scheduler::"), "");
    if (header.parent_path().filename() == "ops") prefix.clear();

    if (line.starts_with("class ") || line.starts_with("struct ")) {
      while (line.find_first_of(";{") == line.npos) line += lines[++i];
      if (!std::regex_match(line, match, type)) continue;  // it is only named
      class_name = match[4].matched ? "" : match[2].str() + "::";
      is_public = match[1] == "struct";
      if (const std::string base = match[3]; std::regex_search(base, forwards))
        add(prefix + match[2].str() + "::forward");
      continue;
    }
    if (std::regex_match(line, match, made)) add(prefix + match[1].str() + "::" + match[1].str());
    if (line.starts_with('}')) class_name.clear();
    const std::size_t indent = class_name.empty() ? 0 : 2;
    if (line.starts_with(" p") && line.ends_with(':')) is_public = line == " public:";
    if (line.find_first_not_of(' ') != indent || (indent == 2 && !is_public)) continue;
    line.erase(0, indent);
    if (std::regex_match(line, other)) continue;
    if (const auto at = line.find("decltype(auto)"); at != line.npos) line.replace(at, 14, "auto");
    while (line.find_first_of(";{") == line.npos && i + 1 < lines.size()) line += lines[++i];
    if (!std::regex_match(line, match, function)) continue;
    // noexcept functions cannot throw; in a template's brackets the parenthesis is that of a field.
    const std::string result = match[1], name = prefix + class_name + match[2].str();
    if (line.find("noexcept") == line.npos && line.find("= default") == line.npos &&
        line.find("= delete") == line.npos &&
        std::ranges::count(result, '<') == std::ranges::count(result, '>'))
      add(name);
  }
}

}  // namespace

std::set<std::string> declared_functions() {
  std::set<fs::path> headers;
  collect(XGRAD_SOURCE_DIR "/xgrad.hpp", headers);
  std::set<std::string> names;
  for (const fs::path& header : headers) read(header, names);
  return names;
}

}  // namespace xgrad::test
