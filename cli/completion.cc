#include "cli/completion.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace evlog::cli {
namespace {

using Paths = Completion::Paths;

// What the values of a metavar are, where no choices say it.
struct Meaning {
  enum class Of : uint8_t { kWords, kStreams, kGroups, kFiles, kDirectories };
  std::string_view metavar;
  Of of;
  std::array<std::string_view, 4> words = {};
};
using Of = Meaning::Of;

constexpr Meaning kMeanings[] = {
    {"STREAM", Of::kStreams},
    {"FROM", Of::kStreams},
    {"TO", Of::kStreams},
    {"GROUP", Of::kGroups},
    {"FILE", Of::kFiles},
    {"FIELD=VALUE|FILE", Of::kFiles},
    {"MESSAGE|FILE", Of::kFiles},
    {"DIR", Of::kDirectories},
    {"DIR|URL", Of::kDirectories, {"redis://"}},
    {"LEVEL", Of::kWords, {"sync", "os", "async"}},
    {"FORMAT", Of::kWords, {"text", "json", "raw"}},
    {"ORDER", Of::kWords, {"shared", "ordered"}},
    {"POLICY", Of::kWords, {"park", "block"}},
    {"POS", Of::kWords, {"begin", "end", "o:", "@"}},
    {"WHAT", Of::kWords, {"none", "o:"}},
    {"FIELDS", Of::kWords, {"message", "payload", "json"}},
    {"KEY", Of::kWords, {"channel", "none", "field:"}},
};

// The same of some that have a name of their own, which is that of other things elsewhere.
struct Place {
  std::string_view verb;
  std::string_view name;
  std::string_view as;
};
constexpr Place kPlaces[] = {
    {"streams", "PATTERN", "STREAM"},
    {"groups seek", "POSITION", "POS"},
};

// Null: nothing is known of it.
const Meaning* FindMeaning(const Verb& verb, const Argument& argument) {
  const bool by_place = !argument.names.front().starts_with('-');
  std::string_view what = by_place ? argument.names.front() : argument.metavar;
  for (const Place& place : kPlaces) {
    if (by_place && place.verb == verb.name && place.name == what) what = place.as;
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.metavar == what) return &meaning;
  }
  return nullptr;
}

// A command line as far as it goes.
struct Read {
  const Verb* verb = nullptr;        // the last that was named; else the program itself
  std::vector<std::string> places;   // of the verb
  const Argument* open = nullptr;    // an option whose value is the word to be completed
  bool only_places = false;          // after `--`
  std::vector<const Argument*> had;  // options
  KnownNames::Place at;
};

void TakeValue(const Argument& option, std::string value, Read* read) {
  if (option.names.back() == "--at") read->at.at = std::move(value);
  if (option.names.back() == "--db") read->at.database = std::move(value);
}

void TakeOption(std::string_view word, Read* read) {
  const size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
  const Argument* option = read->verb->FindOption(word.substr(0, equals));
  if (option == nullptr) return;
  read->had.push_back(option);
  if (!option->takes_value()) return;
  if (equals == std::string_view::npos) {
    read->open = option;
  } else {
    TakeValue(*option, std::string(word.substr(equals + 1)), read);
  }
}

Read ReadWords(const Program& program, const std::vector<std::string>& words) {
  Read read;
  read.verb = &program.itself;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (read.open != nullptr) {
      TakeValue(*std::exchange(read.open, nullptr), word, &read);
    } else if (!read.only_places && word == "--") {
      read.only_places = true;
    } else if (!read.only_places && word.size() > 1 && word.starts_with('-')) {
      TakeOption(word, &read);
    } else if (read.verb->name.empty() || read.verb->is_family) {
      const Verb* verb =
          program.FindVerb(read.verb->name.empty() ? word : read.verb->name + " " + word);
      if (verb != nullptr) read.verb = verb;
    } else {
      read.places.push_back(word);
    }
  }
  return read;
}

class Completer {
 public:
  Completer(const Program& program, Read read, KnownNames& names)
      : program_(program), read_(std::move(read)), names_(names) {}

  Completion Run(const std::string& word) && {
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    if (read_.open != nullptr) {
      AddValues(*read_.open, "", word);
    } else if (!read_.only_places && equals != std::string::npos) {
      const Argument* option = read_.verb->FindOption(word.substr(0, equals));
      if (option == nullptr || !option->takes_value()) return {};
      AddValues(*option, word.substr(0, equals + 1), word.substr(equals + 1));
    } else if (!read_.only_places && word.starts_with('-')) {
      AddOptions(word);
    } else if (read_.verb->name.empty() || read_.verb->is_family) {
      AddVerbs(word);
    } else if (const Argument* place = NextPlace()) {
      AddValues(*place, "", word);
    }
    return std::move(result_);
  }

 private:
  void Add(std::string text, std::string_view help, std::string_view word) {
    if (text.starts_with(word)) result_.candidates.push_back({std::move(text), std::string(help)});
  }

  void AddVerbs(std::string_view word) {
    const std::string prefix = read_.verb->name.empty() ? "" : read_.verb->name + " ";
    for (const Verb& verb : program_.verbs) {
      if (!verb.name.starts_with(prefix)) continue;
      std::string name = verb.name.substr(prefix.size());
      if (name.find(' ') == std::string::npos) Add(std::move(name), verb.summary, word);
    }
  }

  void AddOptions(std::string_view word) {
    for (const Argument& option : read_.verb->options) {
      bool had = false;
      for (const Argument* other : read_.had) had = had || other->names == option.names;
      if (had && !option.repeats) continue;
      Add(option.names.back(), option.help, word);
    }
  }

  const Argument* NextPlace() const {
    const std::vector<Argument>& places = read_.verb->places;
    if (read_.places.size() < places.size()) return &places[read_.places.size()];
    return !places.empty() && places.back().repeats ? &places.back() : nullptr;
  }

  // The values of an argument that begin with `word`, each behind `prefix`.
  void AddValues(const Argument& argument, const std::string& prefix, std::string_view word) {
    const auto add = [&](std::string_view text) {
      if (text.starts_with(word)) Add(prefix + std::string(text), "", "");
    };
    for (const std::string& choice : argument.choices) add(choice);
    const Meaning* meaning =
        argument.choices.empty() ? FindMeaning(*read_.verb, argument) : nullptr;
    if (meaning == nullptr) return;
    for (std::string_view text : meaning->words) {
      if (!text.empty()) add(text);
    }
    if (meaning->of == Of::kFiles) result_.paths = Paths::kFiles;
    if (meaning->of == Of::kDirectories) result_.paths = Paths::kDirectories;
    if (meaning->of == Of::kStreams) {
      for (const std::string& name : names_.Streams(read_.at, word)) add(name);
    }
    // A group is one of the stream that stands before it.
    if (meaning->of == Of::kGroups && !read_.places.empty()) {
      for (const std::string& name : names_.Groups(read_.at, read_.places.front())) add(name);
    }
  }

  const Program& program_;
  const Read read_;
  KnownNames& names_;
  Completion result_;
};

}  // namespace

Completion Complete(const Program& program, const std::vector<std::string>& words,
                    KnownNames& names) {
  if (words.empty()) return {};
  return Completer(program, ReadWords(program, words), names).Run(words.back());
}

}  // namespace evlog::cli
