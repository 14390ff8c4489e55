#include "server/wire/resp_parser.h"

namespace evlog::server {

namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// What stands in quotes; `*at` is behind the opening one, and then behind the closing one.
bool TakeQuoted(std::string_view line, char quote, size_t* at, std::string* arg) {
  for (size_t i = *at; i < line.size(); ++i) {
    const std::string_view rest = line.substr(i);
    if (rest.front() == quote) {
      *at = i + 1;
      return *at == line.size() || IsBlank(line[*at]);
    }
    if (rest.front() != '\\' || rest.size() == 1) {
      arg->push_back(rest.front());
    } else if (quote == '\'') {
      if (rest[1] == '\'') ++i;
      arg->push_back(line[i]);
    } else if (rest[1] == 'x' && rest.size() >= 4 && HexValue(rest[2]) >= 0 &&
               HexValue(rest[3]) >= 0) {
      arg->push_back(static_cast<char>(HexValue(rest[2]) * 16 + HexValue(rest[3])));
      i += 3;
    } else {
      arg->push_back(Unescaped(rest[1]));
      ++i;
    }
  }
  return false;
}

}  // namespace

bool SplitInline(std::string_view line, std::vector<std::string>* args) {
  args->clear();
  size_t at = 0;
  for (;;) {
    while (at < line.size() && IsBlank(line[at])) ++at;
    if (at == line.size()) return true;
    std::string& arg = args->emplace_back();
    while (at < line.size() && !IsBlank(line[at])) {
      const char c = line[at++];
      if (c != '"' && c != '\'') {
        arg.push_back(c);
      } else if (!TakeQuoted(line, c, &at, &arg)) {
        return false;
      }
    }
  }
}

}  // namespace evlog::server
