#include "cli/route_words.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kField = "field:";

}  // namespace

const char* FieldsWord(Route::Fields fields) {
  switch (fields) {
    case Route::Fields::kMessage:
      return "message";
    case Route::Fields::kPayload:
      return "payload";
    case Route::Fields::kJson:
      return "json";
  }
  return "unknown";
}

bool ParseFieldsWord(std::string_view text, Route::Fields* fields) {
  for (const auto word : {Route::Fields::kMessage, Route::Fields::kPayload, Route::Fields::kJson}) {
    *fields = word;
    if (text == FieldsWord(word)) return true;
  }
  return false;
}

std::string KeyWord(const Route& route) {
  switch (route.key) {
    case Route::Key::kNone:
      return "none";
    case Route::Key::kChannel:
      return "channel";
    case Route::Key::kField:
      return std::string(kField) + route.key_field;
  }
  return "unknown";
}

bool ParseKeyWord(std::string_view text, Route* route) {
  if (text.starts_with(kField) && text.size() > kField.size()) {
    route->key = Route::Key::kField;
    route->key_field = std::string(text.substr(kField.size()));
    return true;
  }
  route->key = text == "none" ? Route::Key::kNone : Route::Key::kChannel;
  return text == "none" || text == "channel";
}

}  // namespace evlog::cli
