// Finds the functions of a C++ file by its braces, well enough to measure them.
#ifndef EVLOG_TESTS_TIDY_FUNCTIONS_H_
#define EVLOG_TESTS_TIDY_FUNCTIONS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace evlog::tidy {

struct Function {
  std::string name;  // as far as it can be told
  size_t first_line = 0;
  size_t last_line = 0;  // that of the closing brace

  size_t lines() const { return last_line - first_line + 1; }
};

// The functions with a body at namespace or class scope, in order; a lambda belongs to the function
// it stands in. nullopt when the braces do not balance: then nothing here can be believed.
std::optional<std::vector<Function>> FindFunctions(const Source& source);

}  // namespace evlog::tidy

#endif  // EVLOG_TESTS_TIDY_FUNCTIONS_H_
