#pragma once

#include <set>
#include <string>

namespace xgrad::test {

/// The names of all functions that <xgrad.hpp> declares for users and that may throw, as the rows
/// of the table have them: with the namespaces within xgrad, but for the operations, and the class.
/// A class whose forward is a template's counts as declaring it, and so does `using Adam =
/// OptimizerOf<AdamOptions>` the constructor. Those that cannot be called wrongly are left out.
std::set<std::string> declared_functions();

}  // namespace xgrad::test
