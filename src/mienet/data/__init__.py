"""From labelled videos to clips; knows neither networks nor configuration."""
