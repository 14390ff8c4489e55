// Which patterns match a name, without trying all of them.
#ifndef EVLOG_EMBEDDED_HUB_PATTERN_INDEX_H_
#define EVLOG_EMBEDDED_HUB_PATTERN_INDEX_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "log/base/bytes.h"
#include "log/base/glob.h"

namespace evlog::internal {

// Values by pattern, any number to one. A pattern is found by what stands before its first special
// byte: matching a name looks up the beginnings of it that are as long as those of some pattern,
// and tries the patterns that begin so. Not thread-safe.
template <typename T>
class PatternIndex {
 public:
  void Add(std::string_view pattern, T value) {
    const std::string_view prefix = LiteralPrefix(pattern);
    Patterns& patterns = by_prefix_[std::string(prefix)];
    auto at = patterns.find(std::string(pattern));
    if (at == patterns.end()) {
      at = patterns.emplace(std::string(pattern), std::vector<T>()).first;
      ++lengths_[prefix.size()];
      ++size_;
    }
    at->second.push_back(std::move(value));
  }

  // Removes those values of the pattern for which `is_it` holds; gives how many.
  template <typename IsIt>
  size_t Remove(std::string_view pattern, const IsIt& is_it) {
    const std::string_view prefix = LiteralPrefix(pattern);
    const auto of_prefix = by_prefix_.find(prefix);
    if (of_prefix == by_prefix_.end()) return 0;
    const auto at = of_prefix->second.find(std::string(pattern));
    if (at == of_prefix->second.end()) return 0;
    std::vector<T>& values = at->second;
    const size_t before = values.size();
    values.erase(std::remove_if(values.begin(), values.end(), is_it), values.end());
    const size_t removed = before - values.size();
    if (!values.empty()) return removed;
    of_prefix->second.erase(at);
    if (of_prefix->second.empty()) by_prefix_.erase(of_prefix);
    if (--lengths_[prefix.size()] == 0) lengths_.erase(prefix.size());
    --size_;
    return removed;
  }

  // Calls `visit(value)` for all values of patterns that match.
  template <typename Visit>
  void Match(std::string_view name, const Visit& visit) const {
    for (const auto& [length, count] : lengths_) {
      if (length > name.size()) break;
      const auto of_prefix = by_prefix_.find(name.substr(0, length));
      if (of_prefix == by_prefix_.end()) continue;
      for (const auto& [pattern, values] : of_prefix->second) {
        if (!GlobMatch(pattern, name)) continue;
        for (const T& value : values) visit(value);
      }
    }
  }

  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const auto& [prefix, patterns] : by_prefix_) {
      for (const auto& [pattern, values] : patterns) {
        for (const T& value : values) visit(value);
      }
    }
  }

  // Of this very pattern.
  size_t Count(std::string_view pattern) const {
    const auto of_prefix = by_prefix_.find(LiteralPrefix(pattern));
    if (of_prefix == by_prefix_.end()) return 0;
    const auto at = of_prefix->second.find(std::string(pattern));
    return at == of_prefix->second.end() ? 0 : at->second.size();
  }

  // How many different patterns there are.
  size_t size() const { return size_; }

  static std::string_view LiteralPrefix(std::string_view pattern) {
    return pattern.substr(0, pattern.find_first_of("*?[\\"));
  }

 private:
  using Patterns = std::map<std::string, std::vector<T>>;

  absl::flat_hash_map<std::string, Patterns, TransparentHash, std::equal_to<>> by_prefix_;
  std::map<size_t, size_t> lengths_;  // of prefixes: how many patterns have one of that length
  size_t size_ = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_PATTERN_INDEX_H_
