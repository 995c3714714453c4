<?php
/**
 * The HTML of a finder in a page, the same that the finder's own page for web teams shows.
 *
 * @package SpecialistFinder
 */

defined( 'ABSPATH' ) || exit;

/**
 * Return the words that patients read, in the language that was asked for, else in that of the site.
 *
 * They are not left to translations of the plugin: a Spanish finder may stand in an English site.
 *
 * @param string $language en, es or ''.
 * @return array<string, string>
 */
function specialist_finder_words( $language ) {
	$spanish = 'es' === ( '' === $language ? substr( get_locale(), 0, 2 ) : $language );
	if ( $spanish ) {
		return array(
			'title'  => 'Encuentre un especialista de cadera cerca de usted',
			'zip'    => 'Su código ZIP o ciudad',
			'button' => 'Buscar especialistas',
			'call'   => 'O llame al',
			'always' => 'Llame al 911 si no puede pararse o caminar después de una caída o un choque, o si se le salió la cadera de su lugar. Vaya hoy a la sala de emergencias de un hospital si le duele la cadera y tiene fiebre.',
			'open'   => 'Abrir el buscador en una página propia',
		);
	}
	return array(
		'title'  => 'Find a hip specialist near you',
		'zip'    => 'Your ZIP code or town',
		'button' => 'Find specialists',
		'call'   => 'Or call',
		'always' => 'Call 911 if you can\'t stand or walk after a fall or crash, or the hip is out of its socket. Go to a hospital emergency room today if your hip hurts and you have a fever.',
		'open'   => 'Open the finder on a page of its own',
	);
}

/**
 * Return the finder as one variant shows it. What is given was checked before; it is escaped all the same.
 *
 * @param string $variant  iframe, element or link.
 * @param array  $settings What specialist_finder_settings() returns, with an address and a key.
 * @param array  $asked    condition, stage and lang that the finder begins with, each '' for none.
 * @param string $title    Title of the frame or text of the link; '' for the usual one.
 * @return string
 */
function specialist_finder_html( $variant, $settings, $asked, $title ) {
	$words = specialist_finder_words( $asked['lang'] );
	if ( '' !== $title ) {
		$words['title'] = $title;
	}
	$asked = array_filter( $asked, 'strlen' );
	if ( 'element' === $variant ) {
		return specialist_finder_element( $settings, $asked, specialist_finder_form( $settings, $asked, $words ) );
	}
	if ( 'link' === $variant ) {
		return specialist_finder_form( $settings, $asked, $words );
	}
	return '<iframe src="' . esc_url( specialist_finder_page( $settings, 'frame', $asked ) ) . '" title="' . esc_attr( $words['title'] )
		. '" width="100%" height="760" frameborder="0"' . "\n" . '  allow="geolocation" loading="lazy" referrerpolicy="strict-origin"></iframe>'
		. "\n" . specialist_finder_link( $settings, $asked, $words['open'] ) . specialist_finder_call( $settings, $words );
}

/**
 * Return the address of the finder's page beneath the site's key.
 *
 * @param array  $settings Settings.
 * @param string $face     page or frame.
 * @param array  $asked    Parameters by name.
 * @return string
 */
function specialist_finder_page( $settings, $face, $asked ) {
	$query = $asked ? '?' . http_build_query( $asked, '', '&' ) : '';
	return $settings['address'] . '/embed/' . $face . '/' . $settings['key'] . '/' . $query;
}

/**
 * Return the element, with what is seen until its script has run.
 *
 * @param array  $settings Settings.
 * @param array  $asked    Parameters by name.
 * @param string $inside   The plain form, escaped.
 * @return string
 */
function specialist_finder_element( $settings, $asked, $inside ) {
	$attributes = ' site="' . esc_attr( $settings['key'] ) . '"';
	foreach ( $asked as $name => $value ) {
		$attributes .= ' ' . $name . '="' . esc_attr( $value ) . '"';
	}
	return '<specialist-finder' . $attributes . ">\n  " . str_replace( "\n", "\n  ", $inside ) . "\n</specialist-finder>";
}

/**
 * Return what works without scripts: when to call 911, a link, a form and the number to call.
 *
 * @param array $settings Settings.
 * @param array $asked    Parameters by name.
 * @param array $words    Words for patients.
 * @return string
 */
function specialist_finder_form( $settings, $asked, $words ) {
	$action = $settings['address'] . '/embed/page/' . $settings['key'] . '/specialists';
	$html   = '<p>' . esc_html( $words['always'] ) . "</p>\n" . specialist_finder_link( $settings, $asked, $words['title'] ) . "\n"
		. '<form action="' . esc_url( $action ) . '" method="' . ( $settings['posts'] ? 'post' : 'get' ) . '">';
	// Nothing picked is said too: then a search is for whoever finds out why a hip hurts.
	foreach ( array_merge( array( 'condition' => '' ), $asked ) as $name => $value ) {
		$html .= "\n" . '  <input type="hidden" name="' . esc_attr( $name ) . '" value="' . esc_attr( $value ) . '">';
	}
	$html .= "\n" . '  <label>' . esc_html( $words['zip'] ) . ' <input name="zip" autocomplete="postal-code" maxlength="60" required></label>'
		. "\n" . '  <button>' . esc_html( $words['button'] ) . "</button>\n</form>";
	return $html . specialist_finder_call( $settings, $words );
}

/**
 * Return a link to the finder's own page.
 *
 * @param array  $settings Settings.
 * @param array  $asked    Parameters by name.
 * @param string $label    Text of the link.
 * @return string
 */
function specialist_finder_link( $settings, $asked, $label ) {
	return '<p><a href="' . esc_url( specialist_finder_page( $settings, 'page', $asked ) ) . '">' . esc_html( $label ) . '</a></p>';
}

/**
 * Return the number to call, '' where none is set.
 *
 * @param array $settings Settings.
 * @param array $words    Words for patients.
 * @return string
 */
function specialist_finder_call( $settings, $words ) {
	if ( '' === $settings['phone'] ) {
		return '';
	}
	return "\n" . '<p>' . esc_html( $words['call'] ) . ' <a href="' . esc_url( 'tel:' . $settings['phone'], array( 'tel' ) ) . '">'
		. esc_html( specialist_finder_phone_shown( $settings['phone'] ) ) . '</a></p>';
}
