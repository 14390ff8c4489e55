// The rules of the house: what a newcomer need not remember, because a test does.
#ifndef EVLOG_TESTS_TIDY_RULES_H_
#define EVLOG_TESTS_TIDY_RULES_H_

#include <span>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"
#include "tests/tidy/tree.h"

namespace evlog::tidy {

struct Rule {
  std::string_view name;
  std::vector<Finding> (*check)(const Source&, const Tree&);
};

// Rules about where things stand: arrows, libraries, files that CMake does not know.
std::span<const Rule> HouseRules();

// Rules about the text of one file: banned words, sizes, guards.
std::span<const Rule> TextRules();

}  // namespace evlog::tidy

#endif  // EVLOG_TESTS_TIDY_RULES_H_
