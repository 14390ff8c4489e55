// What the command line is, as data: what completion and the manual are made from.
#ifndef EVLOG_CLI_PROGRAM_H_
#define EVLOG_CLI_PROGRAM_H_

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace evlog::cli {

// An option, or an argument by its place.
struct Argument {
  std::vector<std::string> names = {};    // `-n`, `--limit`; of one by its place: `STREAM`
  std::string metavar = {};               // of its value: `DIR|URL`; empty: it takes none
  std::vector<std::string> choices = {};  // all values that there are; empty: whatever
  std::string range = {};                 // of a number: `1 to 1024`
  std::string default_value = {};
  std::string help = {};
  std::string group = {};  // `Options`, `[server]`
  bool required = false;
  bool repeats = false;

  bool takes_value() const { return !metavar.empty(); }
};

struct Verb {
  std::string name = {};  // `groups create`; empty: the program itself
  std::string summary = {};
  std::string footer = {};  // as --help ends: notes, and what follows `Example`
  std::vector<Argument> options = {};
  std::vector<Argument> places = {};
  bool is_family = false;  // it only has verbs below it

  // Null: it has no such option.
  const Argument* FindOption(std::string_view option) const;
};

struct Program {
  Verb itself = {};
  std::string version = {};  // `0.1.0`
  // In the order of --help, each family before its own; without hidden ones.
  std::vector<Verb> verbs = {};

  // Null: there is none of that name.
  const Verb* FindVerb(std::string_view name) const;
};

// `app` is any of the command line: a verb's, or the program's.
Program ProgramOf(const CLI::App& app);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_PROGRAM_H_
