# Recomputes the headline of a survey round from the files beside this script, with R's package "survey".
#   Rscript headline.R [FOLDER ...]
# Reads definition.csv (which codes count), strata.csv (size and respondents of each stratum) and data.csv (one line
# a household), and prints value, low, high, n, N and method, unrounded. It uses neither `satisfied` nor `in_base`
# of data.csv: those are only compared.

suppressPackageStartupMessages(library(survey))

TIE <- 1 + 1e-11  # what a tail of exactly a/2 rejects stays rejected in spite of the last bits of a sum
NO_ERROR <- 1e-10
EDGE <- 1e-12

headline <- function(folder) {
  definition <- read(folder, "definition.csv", colClasses = "character")
  setting <- setNames(as.list(definition$value), definition$key)
  if (!is.na(setting$withheld)) return(result(method = "withheld"))
  tail <- (1 - as.numeric(setting$level)) / 2
  strata <- read(folder, "strata.csv", colClasses = c(stratum = "character"))
  data <- read(folder, "data.csv", colClasses = c(stratum = "character"))
  represented <- strata[strata$respondents > 0, ]
  N <- sum(represented$N_h)
  data <- with_answers(data, setting)
  if (!any(data$base)) return(result(n = 0, N = N, method = "nobody"))
  check(data, strata)

  inside <- data[data$base, ]
  n <- nrow(inside)
  value <- sum(inside$weight * inside$y) / sum(inside$weight)
  if (all(strata$respondents >= strata$E_h - 1e-9)) {
    return(result(value, c(value, value), n, N, "census"))
  }
  if (nrow(represented) == 1) {
    return(result(value, hypergeometric(sum(inside$y), n, N, tail), n, N, "hypergeometric"))
  }
  weighted(data, strata, value, N, tail)
}

read <- function(folder, name, ...) {  # in any locale: the text stays UTF-8
  lines <- readLines(file.path(folder, name), encoding = "UTF-8", warn = FALSE)
  lines[1] <- sub("^\xef\xbb\xbf", "", lines[1], useBytes = TRUE)
  read.csv(text = lines, check.names = FALSE, stringsAsFactors = FALSE, na.strings = "", ...)
}

result <- function(value = NA, limits = c(NA, NA), n = NA, N = NA, method) {
  list(value = value, low = limits[1], high = limits[2], n = n, N = N, method = method)
}

with_answers <- function(data, setting) {
  codes <- function(key) strsplit(setting[[key]], " ")[[1]]
  answer <- as.character(data[[setting$column]])
  data$base <- !is.na(answer) & answer %in% codes("base_codes")
  data$y <- as.numeric(data$base & answer %in% codes("satisfied_codes"))
  data
}

# The columns of data.csv say the same, and its lines are as many as strata.csv counts.
check <- function(data, strata) {
  stopifnot(all(data$base == (data$in_base == 1)), all(data$y[data$base] == data$satisfied[data$base]))
  lines <- table(factor(data$stratum, levels = strata$stratum))
  stopifnot(all(data$stratum %in% strata$stratum), all(lines == strata$respondents))
}

# Every number K of satisfied households that would not make x of n too rare, among N.
hypergeometric <- function(x, n, N, tail) {
  K <- x:(N - (n - x))
  kept <- K[phyper(x - 1, K, N - K, n, lower.tail = FALSE) > tail * TIE & phyper(x, K, N - K, n) > tail * TIE]
  range(kept) / N
}

# Korn and Graubard: the exact limits at the effective size, which never exceeds Kish's.
weighted <- function(data, strata, value, N, tail) {
  place <- match(data$stratum, strata$stratum)
  data$fraction <- pmin(1, strata$respondents / strata$E_h)[place]  # everybody interviewed: no sampling error
  design <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = ~fraction, data = data)
  inside <- subset(design, base)
  w <- data$weight[data$base]
  n <- length(w)
  df <- degf(inside)
  kish <- sum(w)^2 / sum(w^2)
  lonely <- any(strata$respondents == 1 & strata$E_h > 1)
  if (lonely || df < 1) {
    limits <- clopper_pearson(min(value * kish, kish), kish, tail)
    return(result(value, limits, n, N, "clopper-pearson-kish"))
  }
  mean <- svymean(~y, inside)
  stopifnot(abs(coef(mean) - value) < 1e-12)
  se <- as.numeric(SE(mean))
  size <- kish
  if (se > NO_ERROR && value > EDGE && value < 1 - EDGE) {
    ratio <- if (n > 1) qt(1 - tail, n - 1) / qt(1 - tail, df) else 1
    size <- min(kish, value * (1 - value) / se^2 * ratio^2)
  }
  result(value, clopper_pearson(min(max(value, 0), 1) * size, size, tail), n, N, "korn-graubard-kish")
}

clopper_pearson <- function(x, n, tail) {
  c(if (x <= 0) 0 else qbeta(tail, x, n - x + 1), if (x >= n) 1 else qbeta(1 - tail, x + 1, n - x))
}

say <- function(name, value) {
  cat(name, if (is.numeric(value) && !is.na(value)) sprintf("%.17g", value) else as.character(value), "\n")
}

folders <- commandArgs(trailingOnly = TRUE)
if (!length(folders)) folders <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
for (folder in folders) {
  found <- headline(folder)
  for (name in names(found)) say(name, found[[name]])
}
