#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "tests/tidy/functions.h"
#include "tests/tidy/rules.h"

namespace evlog::tidy {
namespace {

using Findings = std::vector<Finding>;

constexpr size_t kColumnsMax = 100;
constexpr size_t kFileLinesMax = 500;
constexpr size_t kFunctionLinesMax = 70;

// Files that may be longer, each with its reason: tables that are read by looking up a row.
struct Exemption {
  std::string_view path;
  std::string_view reason;
};
constexpr std::array<Exemption, 0> kLongFiles = {};

// A word of code that has one home, and what to write elsewhere.
struct BannedWord {
  enum class As { kWord, kCall, kCallWithNothing };
  std::string_view word;
  As as;
  std::string_view instead;
  std::array<std::string_view, 3> homes;  // prefixes of paths
};

constexpr std::string_view kClockHome = "log/base/clock.cc";
constexpr std::string_view kStopwatch = "bench/stopwatch.h";
constexpr std::string_view kUseClock = "ask the Clock that was passed in (<evlog/clock.h>)";
constexpr std::string_view kUseAwait =
    "wait with Clock::Await on what you wait for; tests wind a ManualClock";
constexpr std::string_view kUseStatus = "return an absl::Status";
constexpr std::string_view kUseMutex =
    "use evlog::Mutex (log/base/mutex.h): absl's is not instrumented for ThreadSanitizer";

using As = BannedWord::As;
constexpr BannedWord kBanned[] = {
    {"system_clock::now", As::kWord, kUseClock, {kClockHome}},
    {"steady_clock::now", As::kWord, kUseClock, {kClockHome, kStopwatch}},
    {"high_resolution_clock::now", As::kWord, kUseClock, {}},
    {"file_clock::now", As::kWord, kUseClock, {}},
    {"absl::Now", As::kWord, kUseClock, {kClockHome}},
    {"absl::GetCurrentTimeNanos", As::kWord, kUseClock, {kClockHome}},
    {"time", As::kCallWithNothing, kUseClock, {kClockHome}},
    {"gettimeofday", As::kCall, kUseClock, {kClockHome}},
    {"clock_gettime", As::kCall, kUseClock, {kClockHome}},
    {"timespec_get", As::kCall, kUseClock, {kClockHome}},
    {"sleep_for", As::kWord, kUseAwait, {kClockHome}},
    {"sleep_until", As::kWord, kUseAwait, {kClockHome}},
    {"absl::SleepFor", As::kWord, kUseAwait, {kClockHome}},
    {"sleep", As::kCall, kUseAwait, {kClockHome}},
    {"usleep", As::kCall, kUseAwait, {kClockHome}},
    {"nanosleep", As::kCall, kUseAwait, {kClockHome}},
    {"clock_nanosleep", As::kCall, kUseAwait, {kClockHome}},
    {"wait_for", As::kWord, kUseAwait, {kClockHome, "tests/", "bench/"}},
    {"wait_until", As::kWord, kUseAwait, {kClockHome, "tests/", "bench/"}},
    {"throw", As::kWord, kUseStatus, {}},
    {"absl::Mutex", As::kWord, kUseMutex, {}},
    {"absl::MutexLock", As::kWord, kUseMutex, {}},
    {"absl::CondVar", As::kWord, kUseMutex, {}},
    {"absl::Notification", As::kWord, kUseMutex, {}},
};

std::string_view SkipBlanks(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\n");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

// Does what follows the word make it what is banned?
bool Follows(As as, std::string_view rest) {
  if (as == As::kWord) return true;
  rest = SkipBlanks(rest);
  if (!rest.starts_with("(")) return false;
  if (as == As::kCall) return true;
  rest = SkipBlanks(rest.substr(1));
  return rest.starts_with("nullptr") || rest.starts_with("NULL") || rest.starts_with("&");
}

// A member of that name is something else: log.sleep(), clock->time(&x).
bool IsMember(std::string_view code, size_t at) {
  return at > 0 && (code[at - 1] == '.' || (at > 1 && code.substr(at - 2, 2) == "->"));
}

Findings CheckBanned(const Source& source, const Tree&) {
  Findings findings;
  if (!source.IsCpp()) return findings;
  const std::string_view code = source.code();
  for (const BannedWord& banned : kBanned) {
    const bool home = std::any_of(
        banned.homes.begin(), banned.homes.end(),
        [&source](std::string_view prefix) { return !prefix.empty() && source.IsUnder(prefix); });
    if (home) continue;
    for (size_t at = FindWord(code, banned.word); at != std::string_view::npos;
         at = FindWord(code, banned.word, at + 1)) {
      if (!Follows(banned.as, code.substr(at + banned.word.size()))) continue;
      if (banned.as != As::kWord && IsMember(code, at)) continue;
      findings.push_back(source.At(source.LineOf(at),
                                   std::string(banned.word) + ": " + std::string(banned.instead)));
    }
  }
  return findings;
}

// Marks of unfinished work, in code and comments. (Text in quotes may speak of them.)
Findings CheckUnfinished(const Source& source, const Tree&) {
  Findings findings;
  for (std::string_view mark : {"TODO", "FIXME", "XXX"}) {
    const std::string_view prose = source.prose();
    for (size_t at = FindWord(prose, mark); at != std::string_view::npos;
         at = FindWord(prose, mark, at + 1)) {
      findings.push_back(source.At(source.LineOf(at), std::string(mark) +
                                                          ": do it, or open an issue and leave "
                                                          "the code whole"));
    }
  }
  return findings;
}

// Columns as a reader counts them: continuation bytes of UTF-8 take none.
size_t Columns(std::string_view line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

Findings CheckColumns(const Source& source, const Tree&) {
  Findings findings;
  for (size_t i = 0; i < source.lines().size(); ++i) {
    const size_t columns = Columns(source.lines()[i]);
    if (columns > kColumnsMax) {
      findings.push_back(source.At(i + 1, std::to_string(columns) + " columns, " +
                                              std::to_string(kColumnsMax) +
                                              " is the limit: break the line"));
    }
  }
  return findings;
}

Findings CheckFileLines(const Source& source, const Tree&) {
  const size_t lines = source.lines().size();
  if (lines <= kFileLinesMax) return {};
  for (const Exemption& exemption : kLongFiles) {
    if (exemption.path == source.path()) return {};
  }
  return {source.At(0, std::to_string(lines) + " lines, " + std::to_string(kFileLinesMax) +
                           " is the limit: give the second noun a file of its own")};
}

Findings CheckFunctions(const Source& source, const Tree&) {
  Findings findings;
  if (!source.IsCpp()) return findings;
  const std::optional<std::vector<Function>> functions = FindFunctions(source);
  if (!functions) {
    return {source.At(0,
                      "braces or parentheses do not balance outside of #if branches: let every "
                      "branch of an #if balance its own")};
  }
  for (const Function& function : *functions) {
    if (function.lines() <= kFunctionLinesMax) continue;
    findings.push_back(
        source.At(function.first_line, function.name + " has " + std::to_string(function.lines()) +
                                           " lines, " + std::to_string(kFunctionLinesMax) +
                                           " is the limit: name its steps"));
  }
  return findings;
}

// log/base/bytes.h: EVLOG_LOG_BASE_BYTES_H_; log/include/evlog/entry.h: EVLOG_ENTRY_H_.
std::string GuardOf(std::string_view path) {
  const size_t folder = path.find(kPublicFolder);
  if (folder != std::string_view::npos) path.remove_prefix(folder + kPublicFolder.size());
  std::string guard = "EVLOG_";
  for (char c : path) {
    guard += IsIdentifierChar(c) ? static_cast<char>(std::toupper(c)) : '_';
  }
  return guard + "_";
}

Findings CheckGuard(const Source& source, const Tree&) {
  if (!source.EndsWith(".h")) return {};
  const std::string guard = GuardOf(source.path());
  std::vector<std::string_view> directives;
  std::string_view last;
  for (std::string_view line : source.lines()) {
    if (line.starts_with("#")) directives.push_back(line);
    if (!line.empty()) last = line;
  }
  if (directives.size() >= 3 && directives[0] == "#ifndef " + guard &&
      directives[1] == "#define " + guard && last == "#endif  // " + guard) {
    return {};
  }
  return {source.At(1, "a header begins with #ifndef " + guard +
                           ", #define and ends with #endif  "
                           "// " +
                           guard)};
}

constexpr Rule kRules[] = {
    {"banned words", CheckBanned},
    {"unfinished", CheckUnfinished},
    {"columns", CheckColumns},
    {"lines of a file", CheckFileLines},
    {"lines of a function", CheckFunctions},
    {"guard", CheckGuard},
};

}  // namespace

std::span<const Rule> TextRules() { return kRules; }

}  // namespace evlog::tidy
