<?php
/**
 * What a setting or a field may hold. Each of these functions returns what can be used, or '' for what cannot.
 *
 * @package SpecialistFinder
 */

defined( 'ABSPATH' ) || exit;

/**
 * Return the settings, each of them checked, also where something else wrote them.
 *
 * @return array{address: string, key: string, phone: string, variant: string, posts: bool}
 */
function specialist_finder_settings() {
	$stored = get_option( SPECIALIST_FINDER_OPTION, array() );
	return specialist_finder_checked_settings( is_array( $stored ) ? $stored : array() );
}

/**
 * Return settings of which nothing is left that cannot be used.
 *
 * @param array $given Settings by name.
 * @return array{address: string, key: string, phone: string, variant: string, posts: bool}
 */
function specialist_finder_checked_settings( $given ) {
	$variant = specialist_finder_variant( specialist_finder_text( $given, 'variant' ) );
	return array(
		'address' => specialist_finder_address( specialist_finder_text( $given, 'address' ) ),
		'key'     => specialist_finder_key( specialist_finder_text( $given, 'key' ) ),
		'phone'   => specialist_finder_phone( specialist_finder_text( $given, 'phone' ) ),
		'variant' => '' === $variant ? 'iframe' : $variant,
		'posts'   => ! empty( $given['posts'] ),
	);
}

/**
 * Return one value as text.
 *
 * @param array  $given Values by name.
 * @param string $name  Name of the value.
 * @return string
 */
function specialist_finder_text( $given, $name ) {
	return isset( $given[ $name ] ) && is_scalar( $given[ $name ] ) ? trim( (string) $given[ $name ] ) : '';
}

/**
 * Return the finder's address without a slash at its end: http or https, a host, perhaps a port and a path.
 *
 * @param string $text What was typed.
 * @return string
 */
function specialist_finder_address( $text ) {
	$fits = preg_match( '~^https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._\~-]{1,80}){0,8}/?$~D', $text );
	return $fits ? rtrim( $text, '/' ) : '';
}

/**
 * Return a site key, as the finder's staff give it out.
 *
 * @param string $text What was typed.
 * @return string
 */
function specialist_finder_key( $text ) {
	return preg_match( '/^[a-z0-9-]{4,40}$/D', $text ) ? $text : '';
}

/**
 * Return a phone number as RFC 3966 has it, + and digits; ten digits are of the United States.
 *
 * @param string $text What was typed.
 * @return string
 */
function specialist_finder_phone( $text ) {
	$digits = preg_replace( '/[ ().-]/', '', $text );
	if ( preg_match( '/^\+[1-9][0-9]{6,14}$/D', $digits ) ) {
		return $digits;
	}
	return preg_match( '/^1?[2-9][0-9]{9}$/D', $digits ) ? '+1' . substr( $digits, -10 ) : '';
}

/**
 * Return a number as people read it.
 *
 * @param string $phone The number as RFC 3966 has it.
 * @return string
 */
function specialist_finder_phone_shown( $phone ) {
	return preg_match( '/^\+1([0-9]{3})([0-9]{3})([0-9]{4})$/D', $phone, $part ) ? "({$part[1]}) {$part[2]}-{$part[3]}" : $phone;
}

/**
 * Return a way to show the finder.
 *
 * @param string $text iframe, element or link.
 * @return string
 */
function specialist_finder_variant( $text ) {
	return in_array( $text, array( 'iframe', 'element', 'link' ), true ) ? $text : '';
}

/**
 * Return the id of a hip problem.
 *
 * @param string $text What was written.
 * @return string
 */
function specialist_finder_condition( $text ) {
	return preg_match( '/^[a-z0-9-]{1,80}$/D', $text ) ? $text : '';
}

/**
 * Return when the finder is asked: now, in an emergency, or treated, after it.
 *
 * @param string $text What was written.
 * @return string
 */
function specialist_finder_stage( $text ) {
	return in_array( $text, array( 'now', 'treated' ), true ) ? $text : '';
}

/**
 * Return a language that the finder speaks.
 *
 * @param string $text What was written.
 * @return string
 */
function specialist_finder_language( $text ) {
	return in_array( $text, array( 'en', 'es' ), true ) ? $text : '';
}
