#include "cli/stream_names.h"

#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kSpecial = "*?[";

}  // namespace

std::string StreamNames::Described() const {
  return (many ? "the pattern " : "stream ") + Quoted(text);
}

StreamNames ParseStreamNames(std::string_view text) {
  if (text.find_first_of(kSpecial) == std::string_view::npos) return {false, std::string(text)};
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kSpecial.find(text[i]) != std::string_view::npos) return {true, std::string(text)};
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    name.push_back(text[i]);
  }
  return {false, name};
}

}  // namespace evlog::cli
