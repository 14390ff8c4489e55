#include "server/commands/setting_values.h"

#include "server/call.h"
#include "server/commands/stream_args.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

namespace {

bool IsNone(std::string_view text) { return Is(text, "NONE"); }

}  // namespace

bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool ParseCount(std::string_view text, uint64_t* value) {
  int64_t number = 0;
  if (!ParseNumber(text, &number) || number < 0) return false;
  *value = static_cast<uint64_t>(number);
  return true;
}

bool ParseOptionalCount(std::string_view text, std::optional<uint64_t>* value) {
  if (IsNone(text)) {
    value->reset();
    return true;
  }
  return ParseCount(text, &value->emplace());
}

std::string ShowOptionalCount(const std::optional<uint64_t>& value) {
  return value ? std::to_string(*value) : std::string(kNoneWord);
}

bool ParseMs(std::string_view text, absl::Duration* value) {
  if (IsNone(text)) {
    *value = absl::InfiniteDuration();
    return true;
  }
  uint64_t ms = 0;
  if (!ParseCount(text, &ms)) return false;
  *value = absl::Milliseconds(ms);
  return true;
}

std::string ShowMs(absl::Duration value) {
  if (value == absl::InfiniteDuration()) return std::string(kNoneWord);
  return std::to_string(absl::ToInt64Milliseconds(value));
}

bool ParseOptionalId(std::string_view text, std::optional<EntryId>* value) {
  value->reset();
  return IsNone(text) || ParseId(text, 0, &value->emplace());
}

std::string ShowOptionalId(const std::optional<EntryId>& value) {
  return value ? value->ToString() : std::string(kNoneWord);
}

bool ParseSteps(std::string_view text, std::vector<absl::Duration>* steps) {
  steps->clear();
  if (IsNone(text)) return true;
  for (;;) {
    const size_t comma = text.find(',');
    absl::Duration& step = steps->emplace_back();
    if (!ParseMs(text.substr(0, comma), &step) || step == absl::InfiniteDuration()) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::string ShowSteps(const std::vector<absl::Duration>& steps) {
  std::string text;
  for (const absl::Duration step : steps) {
    if (!text.empty()) text += ',';
    text += ShowMs(step);
  }
  return text.empty() ? std::string(kNoneWord) : text;
}

bool ParseYesNo(std::string_view text, bool* value) {
  *value = Is(text, "YES");
  return *value || Is(text, "NO");
}

std::string_view ShowYesNo(bool value) { return value ? "yes" : "no"; }

std::string_view ShowFields(Route::Fields fields) {
  switch (fields) {
    case Route::Fields::kPayload:
      return "payload";
    case Route::Fields::kJson:
      return "json";
    case Route::Fields::kMessage:
      break;
  }
  return "message";
}

bool ParseFields(std::string_view text, Route::Fields* fields) {
  for (const auto one : {Route::Fields::kMessage, Route::Fields::kPayload, Route::Fields::kJson}) {
    *fields = one;
    if (SameName(text, ShowFields(one))) return true;
  }
  return false;
}

std::string ShowKey(const Route& route, char separator) {
  switch (route.key) {
    case Route::Key::kNone:
      return std::string(kNoneWord);
    case Route::Key::kField:
      return std::string(kFieldWord) + separator + route.key_field;
    case Route::Key::kChannel:
      break;
  }
  return "channel";
}

bool ParseKey(std::string_view text, char separator, Route* route) {
  const size_t size = kFieldWord.size();
  if (text.size() > size + 1 && SameName(text.substr(0, size), kFieldWord) &&
      text[size] == separator) {
    route->key = Route::Key::kField;
    route->key_field = std::string(text.substr(size + 1));
    return true;
  }
  route->key = IsNone(text) ? Route::Key::kNone : Route::Key::kChannel;
  return IsNone(text) || Is(text, "CHANNEL");
}

bool ParseDurability(std::string_view text, Durability* value) {
  if (Is(text, "ASYNC")) {
    *value = Durability::kAsync;
  } else if (Is(text, "OS")) {
    *value = Durability::kOs;
  } else if (Is(text, "SYNC")) {
    *value = Durability::kSync;
  } else {
    return false;
  }
  return true;
}

std::string_view ShowDurability(Durability value) {
  switch (value) {
    case Durability::kAsync:
      return "async";
    case Durability::kOs:
      return "os";
    case Durability::kSync:
      break;
  }
  return "sync";
}

}  // namespace evlog::server
