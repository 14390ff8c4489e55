#include "cli/log_names.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// A name that a line of text can hold, and a shell.
bool IsPlain(std::string_view name) {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

// All names that begin so.
std::string PatternOf(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern + "*";
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogTarget>> LogNames::Open(const Place& place) const {
  Environment env = env_;
  if (!place.at.empty()) {
    env.at = place.at;
    env.at_from_environment = false;
  }
  if (!place.database.empty()) {
    int database = 0;
    const char* const end = place.database.data() + place.database.size();
    if (std::from_chars(place.database.data(), end, database).ptr != end) {
      return InvalidArgument("no database");
    }
    env.database = database;
  }
  return OpenTarget(env, Access::kRead);
}

std::vector<std::string> LogNames::Streams(const Place& place, std::string_view prefix) {
  const auto log = Open(place);
  if (!log.ok()) return {};
  ListOptions list;
  list.pattern = PatternOf(prefix);
  list.limit = kNamesMax;
  const absl::StatusOr<std::vector<StreamInfo>> streams = (*log)->ListStreams(list);
  std::vector<std::string> names;
  if (!streams.ok()) return names;
  for (const StreamInfo& stream : *streams) {
    if (IsPlain(stream.name)) names.push_back(stream.name);
  }
  return names;
}

std::vector<std::string> LogNames::Groups(const Place& place, std::string_view stream) {
  const auto log = Open(place);
  if (!log.ok()) return {};
  absl::StatusOr<std::vector<std::string>> names = (*log)->ListGroups(stream);
  if (!names.ok()) return {};
  std::erase_if(*names, [](const std::string& name) { return !IsPlain(name); });
  return *std::move(names);
}

}  // namespace evlog::cli
